#include "host/ops/dequantize.h"

#include "cl_kernels/abi/dequantize.h"
#include "host/ops/launch.h"

namespace zerocl::ops {

void dequantize(Queue& queue, const Codes& x, const Tensor& y, std::string_view variant) {
  constexpr std::string_view op = "dequantize";
  check_shape(op, y);
  check_f32(op, "y", y, y.rows, y.cols);
  check_codes(op, "x", x, y.rows, y.cols);
  const quantize_output layout = output_of(x);
  const dequantize_args args{
      .rows = static_cast<abi_int>(y.rows),
      .cols = static_cast<abi_int>(y.cols),
      .group = layout.group,
      .groups = layout.groups,
      .stride = layout.stride,
      .layout = layout.layout,
  };
  const KernelId kernel = kernel_of(queue, op, kPortableVariants, variant);
  const LaunchShape shape = row_shape(kernel, y.rows, 128);
  queue.launch(kernel, shape.global, shape.local, {x.codes.buffer, x.scales.buffer, y.buffer},
               args);
}

}  // namespace zerocl::ops
