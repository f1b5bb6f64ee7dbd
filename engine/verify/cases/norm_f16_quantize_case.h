#pragma once

#include "engine/verify/kernel_case.h"

namespace zerocl {

// The cases of layer_norm_f16_quantize, or with `residual` of add_layer_norm_f16_quantize.
KernelCases norm_f16_quantize_cases(CaseGrid grid, bool residual);

}  // namespace zerocl
