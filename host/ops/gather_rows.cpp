#include "host/ops/gather_rows.h"

#include "cl_kernels/abi/gather_rows.h"
#include "host/ops/launch.h"

namespace zerocl::ops {

void gather_rows(Queue& queue, const Tensor& x, BufferView index, const Tensor& y,
                 std::string_view variant) {
  constexpr std::string_view op = "gather_rows";
  check_shape(op, x);
  check_f32(op, "x", x, x.rows, x.cols);
  check_shape(op, y);
  check_f32(op, "y", y, y.rows, x.cols);
  check_vector(op, "index", index, y.rows);
  check_distinct(op, "x", x, "y", y);
  const gather_rows_args args{
      .rows = static_cast<abi_int>(y.rows),
      .cols = static_cast<abi_int>(x.cols),
  };
  const KernelId kernel = kernel_of(queue, op, kPortableVariants, variant);
  const LaunchShape shape = row_shape(kernel, y.rows, 128);
  queue.launch(kernel, shape.global, shape.local, {x.buffer, index, y.buffer}, args);
}

}  // namespace zerocl::ops
