#pragma once

#include <string_view>

#include "host/ops/types.h"
#include "host/queue.h"

namespace zerocl::ops {

// y f32 [M, K] = codes times the scales of their rows and groups (NUMERICS.md 3.4). x may have any
// layout and stride: also a table or weight without padding (i8, stride K, group K for one scale a
// row). Throws Error naming the shapes.
void dequantize(Queue& queue, const Codes& x, const Tensor& y, std::string_view variant = {});

}  // namespace zerocl::ops
