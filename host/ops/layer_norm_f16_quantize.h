#pragma once

#include <string_view>

#include "host/ops/f16_matrix.h"
#include "host/ops/types.h"
#include "host/queue.h"

namespace zerocl::ops {

// y = f16(n) and q = quantize_tokens(n) of n = layer_norm(x) (NUMERICS.md 3.29); x f32 [M, K],
// gamma and beta f32 [K]. y, row-major and no part of x, is null where it is not wanted. Throws
// Error naming the shapes.
void layer_norm_f16_quantize(Queue& queue, const Tensor& x, BufferView gamma, BufferView beta,
                             float eps, const F16Matrix* y, const Codes& q,
                             std::string_view variant = {});

}  // namespace zerocl::ops
