#include "host/ops/gelu.h"

#include "host/ops/launch.h"

namespace zerocl::ops {

void gelu(Queue& queue, const Tensor& x, GeluForm form, const Tensor& y, std::string_view variant) {
  constexpr std::string_view op = "gelu";
  check_elements(op, x, y);
  const gelu_args args{
      .count = static_cast<abi_uint>(x.elements()),
      .form = static_cast<abi_int>(form),
  };
  const KernelId kernel = kernel_of(queue, op, kPortableVariants, variant);
  const LaunchShape shape = element_shape(kernel, x.elements());
  queue.launch(kernel, shape.global, shape.local, {x.buffer, y.buffer}, args);
}

}  // namespace zerocl::ops
