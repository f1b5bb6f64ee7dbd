#pragma once

#include <string_view>

#include "host/queue.h"
#include "host/tensor.h"

namespace zerocl::ops {

// y = max(x, +0), element by element, NaN stays (NUMERICS.md 3.9); f32 [M, K]. y may be x. Throws
// Error naming the shapes.
void relu(Queue& queue, const Tensor& x, const Tensor& y, std::string_view variant = {});

}  // namespace zerocl::ops
