#pragma once

#include <string_view>

#include "host/queue.h"
#include "host/tensor.h"

namespace zerocl::ops {

// h = x + residual and y = layer_norm(h) (NUMERICS.md 3.8); all f32 [M, K], gamma and beta f32 [K].
// sum receives h; null where it is not wanted. sum or y may be x or residual, but not each other.
// Throws Error naming the shapes.
void add_layer_norm(Queue& queue, const Tensor& x, const Tensor& residual, BufferView gamma,
                    BufferView beta, float eps, const Tensor* sum, const Tensor& y,
                    std::string_view variant = {});

}  // namespace zerocl::ops
