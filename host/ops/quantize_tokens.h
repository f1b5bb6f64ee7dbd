#pragma once

#include <string_view>

#include "host/ops/types.h"
#include "host/queue.h"

namespace zerocl::ops {

// Codes and scales of x f32 [M, K] (NUMERICS.md 3.2), one scale for each run of y.group elements of
// a row. y.codes [M, K] in the type of y.layout; its padding up to the stride is written as code 0.
// Throws Error naming the shapes.
void quantize_tokens(Queue& queue, const Tensor& x, const Codes& y, std::string_view variant = {});

}  // namespace zerocl::ops
