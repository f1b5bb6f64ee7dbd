#pragma once

#include <string_view>

#include "cl_kernels/abi/gather_rows.h"
#include "host/ops/f16_matrix.h"
#include "host/ops/types.h"  // Codes
#include "host/queue.h"
#include "host/tensor.h"

namespace zerocl::ops {

// Rows that are taken of several matrices at once (NUMERICS.md 3.14): y[i] = x[index[i]].
class GatherRows {
 public:
  // index i32 [rows], all inside each x, which the caller has checked.
  GatherRows(BufferView index, std::int64_t rows) : index_(index), rows_(rows) {}

  // x [any, K] and y [rows, K], not in one buffer: f32, f16, or codes, both of one layout. Throws
  // Error naming the shapes, and where there are more than GATHER_MATRICES; codes count twice.
  void add(const Tensor& x, const Tensor& y);
  void add(const F16Matrix& x, const F16Matrix& y);
  void add(const Codes& x, const Codes& y);

  void launch(Queue& queue, std::string_view variant = {}) const;

 private:
  // A row is `halves` long, padding included.
  void add(BufferView x, BufferView y, F16Layout layout, std::int64_t halves);

  BufferView index_;
  std::int64_t rows_ = 0;
  int count_ = 0;
  BufferView x_[GATHER_MATRICES], y_[GATHER_MATRICES];
  f16_matrix matrices_[GATHER_MATRICES] = {};
};

}  // namespace zerocl::ops
