#pragma once

#include <string_view>

#include "host/ops/types.h"
#include "host/queue.h"

namespace zerocl::ops {

// y = layer_norm(x) and q = quantize_tokens(y) (NUMERICS.md 3.8); x, y f32 [M, K], gamma and beta
// f32 [K]. y null: not wanted; y may be x. Throws Error naming the shapes.
void layer_norm_quantize(Queue& queue, const Tensor& x, BufferView gamma, BufferView beta,
                         float eps, const Tensor* y, const Codes& q, std::string_view variant = {});

}  // namespace zerocl::ops
