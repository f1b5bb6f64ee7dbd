#pragma once

#include <vector>

namespace zerocl {

// One query and one column of the values, in float64.
struct AttentionTruth {
  double y = 0;      // sum 2^x v / sum 2^x
  double bound = 0;  // how far float32 arithmetic may be from it
};

// x: exact scores in units of log2; x_error: how far each may be off before softmax; v: the column.
//
// u = 2^-24. A score's error e changes its weight by the factor 2^e, relatively ln(2) e; so does
// rounding x - mb, by u |x - mb|. exp2 is within 1.8 ulp, 3.6 u; a weight meets it again for each
// later block, with two roundings of products and one of a sum; 64 additions of a block's chain,
// three of sum8, the last division and products make the rest. Numerator and denominator both move.
AttentionTruth attention_truth(const std::vector<double>& x, const std::vector<double>& x_error,
                               const std::vector<double>& v);

}  // namespace zerocl
