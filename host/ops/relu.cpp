#include "host/ops/relu.h"

#include "cl_kernels/abi/relu.h"
#include "host/ops/launch.h"

namespace zerocl::ops {

void relu(Queue& queue, const Tensor& x, const Tensor& y, std::string_view variant) {
  constexpr std::string_view op = "relu";
  check_elements(op, x, y);
  const relu_args args{.count = static_cast<abi_uint>(x.elements())};
  const KernelId kernel = kernel_of(queue, op, kPortableVariants, variant);
  const LaunchShape shape = element_shape(kernel, x.elements());
  queue.launch(kernel, shape.global, shape.local, {x.buffer, y.buffer}, args);
}

}  // namespace zerocl::ops
