#pragma once

#include <span>
#include <string_view>

#include "engine/verify/cases/f16_case.h"
#include "engine/verify/cases/row_case.h"
#include "host/ops/linear_f16_n16f25.h"

namespace zerocl {

// A product's operands on the device, in the layouts of a variant.
struct LinearF16Operands {
  Buffer w, bias;
  DeviceF16 x;
  ops::LinearF16Weight weight;
};
LinearF16Operands upload_linear_f16(Queue& queue, std::string_view variant,
                                    const reference::MatrixF16& x, const reference::MatrixF16& w,
                                    std::span<const float> bias);

}  // namespace zerocl
