#pragma once

#include <string_view>

#include "host/queue.h"
#include "host/tensor.h"

namespace zerocl::ops {

// y f32 [M, K]: each row of x f32 [M, K] to length 1; rows shorter than 1e-12 are divided by 1e-12
// (NUMERICS.md 3.16). y may be x. Throws Error naming the shapes.
void l2_normalize(Queue& queue, const Tensor& x, const Tensor& y, std::string_view variant = {});

}  // namespace zerocl::ops
