#pragma once

#include <string_view>

#include "host/ops/gelu.h"  // GeluForm
#include "host/ops/types.h"
#include "host/queue.h"

namespace zerocl::ops {

// q = quantize_tokens(gelu_coarse(x)) of x f32 [M, K] (NUMERICS.md 3.9). Throws Error naming the
// shapes.
void gelu_quantize(Queue& queue, const Tensor& x, GeluForm form, const Codes& q,
                   std::string_view variant = {});

}  // namespace zerocl::ops
