#pragma once

#include <string_view>

#include "host/queue.h"
#include "host/tensor.h"

namespace zerocl::ops {

// values f32 [M, k] and indices i32 [M, k]: the k largest of each row of x f32 [M, V], descending,
// equal values by ascending index, NaN last; 1 <= k <= min(64, V) (NUMERICS.md 3.17). Throws Error
// naming the shapes.
void top_k(Queue& queue, const Tensor& x, int k, BufferView values, BufferView indices,
           std::string_view variant = {});

}  // namespace zerocl::ops
