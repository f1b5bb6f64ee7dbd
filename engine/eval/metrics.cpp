#include "engine/eval/metrics.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>
#include <vector>

#include "host/error.h"

namespace zerocl::metrics {
namespace {

struct Confusion {
  double tp = 0, tn = 0, fp = 0, fn = 0;
};

void check_sizes(std::size_t a, std::size_t b, std::size_t least) {
  if (a != b || a < least) {
    throw Error("metric: " + std::to_string(a) + " predictions and " + std::to_string(b) +
                " expected values; it takes as many of both, at least " + std::to_string(least));
  }
}

Confusion confusion(std::span<const int> predicted, std::span<const int> expected) {
  check_sizes(predicted.size(), expected.size(), 1);
  Confusion c;
  for (std::size_t i = 0; i < predicted.size(); ++i) {
    if (expected[i] == 1) {
      ++(predicted[i] == 1 ? c.tp : c.fn);
    } else {
      ++(predicted[i] == 1 ? c.fp : c.tn);
    }
  }
  return c;
}

// Ranks from 1; a run of equal values shares the mean of the ranks that it takes.
std::vector<double> ranks(std::span<const double> values) {
  std::vector<std::size_t> order(values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(),
            [&](std::size_t a, std::size_t b) { return values[a] < values[b]; });
  std::vector<double> result(values.size());
  for (std::size_t first = 0; first < order.size();) {
    std::size_t last = first;
    while (last + 1 < order.size() && values[order[last + 1]] == values[order[first]]) ++last;
    const double mean = static_cast<double>(first + last) / 2 + 1;
    for (; first <= last; ++first) result[order[first]] = mean;
  }
  return result;
}

void check_values(std::span<const double> x, std::span<const double> y) {
  check_sizes(x.size(), y.size(), 2);
  const auto is_nan = [](double v) { return std::isnan(v); };
  if (std::any_of(x.begin(), x.end(), is_nan) || std::any_of(y.begin(), y.end(), is_nan)) {
    throw Error("metric: a correlation of values that hold NaN");
  }
}

}  // namespace

double accuracy(std::span<const int> predicted, std::span<const int> expected) {
  check_sizes(predicted.size(), expected.size(), 1);
  std::size_t right = 0;
  for (std::size_t i = 0; i < predicted.size(); ++i) right += predicted[i] == expected[i] ? 1 : 0;
  return static_cast<double>(right) / static_cast<double>(predicted.size());
}

double f1(std::span<const int> predicted, std::span<const int> expected) {
  const Confusion c = confusion(predicted, expected);
  const double denominator = 2 * c.tp + c.fp + c.fn;
  return denominator == 0 ? 0 : 2 * c.tp / denominator;
}

double matthews(std::span<const int> predicted, std::span<const int> expected) {
  const Confusion c = confusion(predicted, expected);
  const double denominator = std::sqrt(c.tp + c.fp) * std::sqrt(c.tp + c.fn) *
                             std::sqrt(c.tn + c.fp) * std::sqrt(c.tn + c.fn);
  return denominator == 0 ? 0 : (c.tp * c.tn - c.fp * c.fn) / denominator;
}

double pearson(std::span<const double> x, std::span<const double> y) {
  check_values(x, y);
  const auto n = static_cast<double>(x.size());
  const double mean_x = std::accumulate(x.begin(), x.end(), 0.0) / n;
  const double mean_y = std::accumulate(y.begin(), y.end(), 0.0) / n;
  double xx = 0, yy = 0, xy = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double dx = x[i] - mean_x, dy = y[i] - mean_y;
    xx += dx * dx;
    yy += dy * dy;
    xy += dx * dy;
  }
  // Where all values are equal, the mean may still be off by a rounding: ask the values.
  const auto constant = [](std::span<const double> v) {
    return std::all_of(v.begin(), v.end(), [&](double e) { return e == v.front(); });
  };
  if (constant(x) || constant(y)) {
    throw Error("metric: the correlation with values that are all equal is undefined");
  }
  return std::clamp(xy / (std::sqrt(xx) * std::sqrt(yy)), -1.0, 1.0);
}

double spearman(std::span<const double> x, std::span<const double> y) {
  check_values(x, y);
  return pearson(ranks(x), ranks(y));
}

}  // namespace zerocl::metrics
