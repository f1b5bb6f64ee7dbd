#include "reference/quantize_weight.h"

#include <algorithm>

#include "reference/quantize_tokens.h"

namespace zerocl::reference {

Quantized quantize_weight_per_row(const MatrixF& w) {
  return quantize_tokens(w, w.cols());
}

Quantized quantize_weight_row_groups(const MatrixF& w, Index groups) {
  const Index rows = (w.rows() + groups - 1) / groups;  // of a full group
  const Index runs = (w.rows() + rows - 1) / rows;
  Quantized out{MatrixI8(w.rows(), w.cols()), MatrixF(runs, 1), rows * w.cols()};
  for (Index run = 0; run < runs; ++run) {
    const Index first = run * rows, count = std::min(rows, w.rows() - first);
    // Row-major rows lie one after another: a group is one long row of the view.
    const MatrixF view = w.middleRows(first, count).reshaped<Eigen::RowMajor>(1, count * w.cols());
    const Quantized group = quantize_tokens(view, view.cols());
    out.codes.middleRows(first, count) = group.codes.reshaped<Eigen::RowMajor>(count, w.cols());
    out.scales(run, 0) = group.scales(0, 0);
  }
  return out;
}

Quantized quantize_weight_k_groups(const MatrixF& w, Index group) {
  return quantize_tokens(w, group);
}

}  // namespace zerocl::reference
