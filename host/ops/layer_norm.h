#pragma once

#include <string_view>

#include "host/queue.h"
#include "host/tensor.h"

namespace zerocl::ops {

// y f32 [M, K]: each row of x f32 [M, K] to mean 0 and variance 1, times gamma f32 [K], plus beta
// f32 [K] (NUMERICS.md 3.7). y may be x. Throws Error naming the shapes.
void layer_norm(Queue& queue, const Tensor& x, BufferView gamma, BufferView beta, float eps,
                const Tensor& y, std::string_view variant = {});

}  // namespace zerocl::ops
