#pragma once

#include "engine/verify/kernel_case.h"

namespace zerocl {

// The cases of layer_norm_f16, or with `residual` of add_layer_norm_f16.
KernelCases norm_f16_cases(CaseGrid grid, bool residual);

}  // namespace zerocl
