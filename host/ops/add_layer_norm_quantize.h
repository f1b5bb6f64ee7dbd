#pragma once

#include <string_view>

#include "host/ops/types.h"
#include "host/queue.h"

namespace zerocl::ops {

// h = x + residual, y = layer_norm(h) and q = quantize_tokens(y) (NUMERICS.md 3.8); floats are f32
// [M, K], gamma and beta f32 [K]. sum receives h. sum and y are null where they are not wanted;
// each may be x or residual, but not the other. Throws Error naming the shapes.
void add_layer_norm_quantize(Queue& queue, const Tensor& x, const Tensor& residual,
                             BufferView gamma, BufferView beta, float eps, const Tensor* sum,
                             const Tensor* y, const Codes& q, std::string_view variant = {});

}  // namespace zerocl::ops
