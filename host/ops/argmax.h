#pragma once

#include <string_view>

#include "host/queue.h"
#include "host/tensor.h"

namespace zerocl::ops {

// out i32 [M]: for each row of x f32 [M, V] the lowest index with the largest value; NaN counts as
// below -inf (NUMERICS.md 3.17). Throws Error naming the shapes.
void argmax(Queue& queue, const Tensor& x, BufferView out, std::string_view variant = {});

}  // namespace zerocl::ops
