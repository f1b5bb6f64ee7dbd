#pragma once

#include <cstdint>
#include <string_view>

#include "cl_kernels/abi/gelu.h"  // GELU_*
#include "host/queue.h"
#include "host/tensor.h"

namespace zerocl::ops {

// x * Phi(x), or its tanh approximation (NUMERICS.md 2).
enum class GeluForm : std::int32_t { erf = GELU_ERF, tanh = GELU_TANH };

// y = gelu(x), element by element (NUMERICS.md 3.9); f32 [M, K]. y may be x. Throws Error naming
// the shapes.
void gelu(Queue& queue, const Tensor& x, GeluForm form, const Tensor& y,
          std::string_view variant = {});

}  // namespace zerocl::ops
