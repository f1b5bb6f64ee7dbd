#pragma once

#include <cstdint>
#include <string_view>

#include "host/ops/gelu.h"  // GeluForm
#include "host/ops/types.h"
#include "host/queue.h"

namespace zerocl::ops {

// Whether the variant `warp` can take rows of `cols` elements with a scale for each `group` of
// them.
bool gelu_quantize_warp_serves(std::int64_t cols, std::int64_t group);
// The kernel that such rows get on a device.
KernelId gelu_quantize_kernel(const DeviceFacts& facts, std::int64_t cols, std::int64_t group);

// q = quantize_tokens(gelu(x)) of x f32 [M, K] (NUMERICS.md 3.9). Throws Error naming the shapes.
void gelu_quantize(Queue& queue, const Tensor& x, GeluForm form, const Codes& q,
                   std::string_view variant = {});

}  // namespace zerocl::ops
