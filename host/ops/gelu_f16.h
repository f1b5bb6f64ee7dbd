#pragma once

#include <string_view>

#include "host/ops/f16_matrix.h"
#include "host/ops/gelu.h"  // GeluForm
#include "host/queue.h"
#include "host/tensor.h"

namespace zerocl::ops {

// y = f16(gelu_fine(x)) (NUMERICS.md 3.21); x f32 [M, K]. Throws Error naming the shapes.
void gelu_f16(Queue& queue, const Tensor& x, GeluForm form, const F16Matrix& y,
              std::string_view variant = {});

}  // namespace zerocl::ops
