#pragma once

#include <span>

namespace zerocl::metrics {

// Predicted and true classes, one of each an example; as many of one as of the other, at least one.
// Throws Error otherwise.

// Share of examples whose class is right.
double accuracy(std::span<const int> predicted, std::span<const int> expected);
// F1 of class 1: 2 tp / (2 tp + fp + fn); 0 where nobody says 1.
double f1(std::span<const int> predicted, std::span<const int> expected);
// Matthews correlation of two classes, 0 and 1; 0 where either side knows one class alone, as
// scikit-learn has it.
double matthews(std::span<const int> predicted, std::span<const int> expected);

// Correlations of at least two pairs. Throws Error where one side is constant (undefined) or holds
// a NaN.
double pearson(std::span<const double> x, std::span<const double> y);
// Pearson's of the ranks; equal values share the mean of their ranks.
double spearman(std::span<const double> x, std::span<const double> y);

}  // namespace zerocl::metrics
