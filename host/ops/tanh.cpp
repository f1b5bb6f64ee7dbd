#include "host/ops/tanh.h"

#include "cl_kernels/abi/tanh.h"
#include "host/ops/launch.h"

namespace zerocl::ops {

void tanh(Queue& queue, const Tensor& x, const Tensor& y, std::string_view variant) {
  constexpr std::string_view op = "tanh";
  check_elements(op, x, y);
  const tanh_args args{.count = static_cast<abi_uint>(x.elements())};
  const KernelId kernel = kernel_of(queue, op, kTanhVariants, variant);
  const LaunchShape shape = element_shape(kernel, x.elements());
  queue.launch(kernel, shape.global, shape.local, {x.buffer, y.buffer}, args);
}

}  // namespace zerocl::ops
