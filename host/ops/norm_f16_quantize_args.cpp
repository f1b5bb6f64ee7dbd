#include "host/ops/norm_f16_quantize_args.h"

#include "host/ops/launch.h"

namespace zerocl::ops {

layer_norm_f16_quantize_args norm_f16_quantize_args(std::string_view op, const Tensor& x,
                                                    const BufferView& gamma, const BufferView& beta,
                                                    float eps, const F16Matrix* y, const Codes& q) {
  check_shape(op, x);
  check_f32(op, "x", x, x.rows, x.cols);
  check_vector(op, "gamma", gamma, x.cols);
  check_vector(op, "beta", beta, x.cols);
  if (y) {
    check_f16_rows(op, "y", *y, x.rows, x.cols);
    check_f16_distinct(op, "x", x, "y", *y);
  }
  check_codes(op, "q", q, x.rows, x.cols);
  return {
      .rows = static_cast<abi_int>(x.rows),
      .cols = static_cast<abi_int>(x.cols),
      .eps = eps,
      .write_y = y != nullptr,
      .out = output_of(q),
  };
}

}  // namespace zerocl::ops
