#include "host/ops/gelu_quantize.h"

#include <fmt/format.h>

#include <string>

#include "cl_kernels/abi/gelu.h"
#include "host/error.h"
#include "host/ops/launch.h"

namespace zerocl::ops {
namespace {

constexpr std::string_view kOp = "gelu_quantize";

}  // namespace

bool gelu_quantize_warp_serves(std::int64_t cols, std::int64_t group) {
  if (cols % 8 != 0 || cols > GELU_QUANTIZE_WARP_LIMIT) return false;
  return group == cols || (group >= 8 && group <= 256 && (group & (group - 1)) == 0);
}

KernelId gelu_quantize_kernel(const DeviceFacts& facts, std::int64_t cols, std::int64_t group) {
  KernelId kernel{std::string(kOp), std::string(choose_variant(kOp, kRowVariants, facts).name)};
  if (kernel.variant == "warp" && !gelu_quantize_warp_serves(cols, group)) kernel.variant = "group";
  return kernel;
}

void gelu_quantize(Queue& queue, const Tensor& x, GeluForm form, const Codes& q,
                   std::string_view variant) {
  check_shape(kOp, x);
  check_f32(kOp, "x", x, x.rows, x.cols);
  check_codes(kOp, "q", q, x.rows, x.cols);
  const gelu_quantize_args args{
      .rows = static_cast<abi_int>(x.rows),
      .cols = static_cast<abi_int>(x.cols),
      .form = static_cast<abi_int>(form),
      .out = output_of(q),
  };
  const KernelId kernel = variant.data() == nullptr
                              ? gelu_quantize_kernel(queue.facts(), x.cols, q.group)
                              : kernel_of(queue, kOp, kRowVariants, variant);
  const bool warp = kernel.variant == "warp";
  if (warp && !gelu_quantize_warp_serves(x.cols, q.group))
    throw Error(fmt::format("{}: variant 'warp' cannot take rows of {} in groups of {}", kOp,
                            x.cols, q.group));
  constexpr std::size_t kWarpItems = GELU_QUANTIZE_WARP_ITEMS;
  const auto rows = static_cast<std::size_t>(x.rows);
  const LaunchShape shape = warp ? LaunchShape{{rows * kWarpItems, 1, 1}, {kWarpItems, 1, 1}}
                                 : row_shape(kernel, x.rows, 256);
  queue.launch(kernel, shape.global, shape.local, {x.buffer, q.codes.buffer, q.scales.buffer},
               args);
}

}  // namespace zerocl::ops
