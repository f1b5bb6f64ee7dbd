#pragma once

#include <string_view>

#include "host/queue.h"
#include "host/tensor.h"

namespace zerocl::ops {

// y[i] = x[index[i]] (NUMERICS.md 3.14): x f32 [M, K], index i32 [rows of y], all below M, which
// the caller has checked; y f32 [any, K], not x. Throws Error naming the shapes.
void gather_rows(Queue& queue, const Tensor& x, BufferView index, const Tensor& y,
                 std::string_view variant = {});

}  // namespace zerocl::ops
