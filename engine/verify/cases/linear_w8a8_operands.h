#pragma once

#include <span>
#include <string>

#include "engine/verify/cases/row_case.h"
#include "host/ops/linear_w8a8.h"

namespace zerocl {

// The operands of linear_w8a8 and of what begins with it, on a device.
struct LinearW8A8Operands {
  Buffer codes, scales, bias;
  ops::LinearW8A8Weight weight;
  DeviceCodes x;
};
// In the layouts that a variant of linear_w8a8 reads. An empty bias: none.
LinearW8A8Operands upload_linear_w8a8(Queue& queue, std::string_view variant,
                                      const reference::Quantized& x, const reference::Quantized& w,
                                      std::span<const float> bias);

}  // namespace zerocl
