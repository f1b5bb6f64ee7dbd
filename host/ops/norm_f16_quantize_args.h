#pragma once

#include <string_view>

#include "cl_kernels/abi/layer_norm_f16_quantize.h"
#include "host/ops/f16_matrix.h"
#include "host/ops/types.h"

namespace zerocl::ops {

// The arguments of layer_norm_f16_quantize and add_layer_norm_f16_quantize, once their operands but
// for the residual have passed the checks. Throws Error naming `op` and the shapes.
layer_norm_f16_quantize_args norm_f16_quantize_args(std::string_view op, const Tensor& x,
                                                    const BufferView& gamma, const BufferView& beta,
                                                    float eps, const F16Matrix* y, const Codes& q);

}  // namespace zerocl::ops
