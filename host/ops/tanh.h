#pragma once

#include <string_view>

#include "host/ops/variant.h"
#include "host/queue.h"
#include "host/tensor.h"

namespace zerocl::ops {

// The portable shapes under names of their own: OpenCL C has a function tanh, which a kernel of the
// bare name would redefine.
inline constexpr Variant kTanhVariants[] = {
    {"group", runs_everywhere, Variant::For::gpu},
    {"row", runs_everywhere, Variant::For::cpu},
};

// y = tanh(x), element by element (NUMERICS.md 3.9); f32 [M, K]. y may be x. Throws Error naming
// the shapes.
void tanh(Queue& queue, const Tensor& x, const Tensor& y, std::string_view variant = {});

}  // namespace zerocl::ops
