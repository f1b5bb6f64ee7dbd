#pragma once

#include <string_view>

#include "host/ops/types.h"
#include "host/queue.h"

namespace zerocl::ops {

// y f32 [S, K]: the mean of each sequence's rows of x f32 [M, K] (NUMERICS.md 3.15); y is not x.
// Throws Error naming the shapes, or the sequence that is empty or leaves x.
void mean_pool(Queue& queue, const Tensor& x, const Sequences& sequences, const Tensor& y,
               std::string_view variant = {});

}  // namespace zerocl::ops
