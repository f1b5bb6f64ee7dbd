#pragma once

#include <string_view>

#include "host/ops/f16_matrix.h"
#include "host/queue.h"
#include "host/tensor.h"

namespace zerocl::ops {

// y = layer_norm(x) and y16 = f16(y), each where it is wanted (NUMERICS.md 3.20); x f32 [M, K],
// gamma and beta f32 [K], y f32 [M, K]. Throws Error naming the shapes.
void layer_norm_f16(Queue& queue, const Tensor& x, BufferView gamma, BufferView beta, float eps,
                    const Tensor* y, const F16Matrix* y16, std::string_view variant = {});

}  // namespace zerocl::ops
