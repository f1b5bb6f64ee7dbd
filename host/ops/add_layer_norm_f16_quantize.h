#pragma once

#include <string_view>

#include "host/ops/f16_matrix.h"
#include "host/ops/types.h"
#include "host/queue.h"

namespace zerocl::ops {

// y = f16(n) and q = quantize_tokens(n) of n = layer_norm(f16(x) + residual) (NUMERICS.md 3.29); x
// f32 [M, K], residual f16 [M, K], gamma and beta f32 [K]. y is null where it is not wanted; it may
// be residual, but no part of x, whose rows have other places. f16 matrices are row-major. Throws
// Error naming the shapes.
void add_layer_norm_f16_quantize(Queue& queue, const Tensor& x, const F16Matrix& residual,
                                 BufferView gamma, BufferView beta, float eps, const F16Matrix* y,
                                 const Codes& q, std::string_view variant = {});

}  // namespace zerocl::ops
