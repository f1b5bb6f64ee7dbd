#include "host/ops/linear_f16_n16f25_gelu_f16.h"

#include <fmt/format.h>

#include "cl_kernels/abi/linear_f16_n16f25.h"
#include "host/error.h"
#include "host/ops/linear_wgmma.h"

namespace zerocl::ops {
namespace {

constexpr std::string_view kOp = "linear_f16_n16f25_gelu_f16";

// Counted, but for the stages of 128 x 256 and 64 x 64, which were fitted.
constexpr WgmmaTile kTiles[] = {
    {"wgmma", 128, 256, 384, 1, 1100, 5500},         {"wgmma_192", 128, 192, 384, 1, 880, 4300},
    {"wgmma_mid", 128, 128, 640, 1, 700, 500, 3000}, {"wgmma_low", 64, 128, 256, 2, 570, 2800},
    {"wgmma_few", 64, 64, 256, 2, 400, 1700},
};

std::string variant_of(std::string_view variant, GeluForm form) {
  return std::string(variant) + (form == GeluForm::tanh ? "_tanh" : "");
}

}  // namespace

bool can_fuse_linear_f16_n16f25_gelu_f16(const DeviceFacts& facts) {
  const Variant* product = best_variant("linear_f16_n16f25", kLinearF16Variants, facts);
  return product != nullptr && product->name == "wgmma" &&
         best_variant(kOp, kLinearF16GeluF16Variants, facts) != nullptr;
}

std::vector<KernelId> linear_f16_n16f25_gelu_f16_kernels(GeluForm form) {
  std::vector<KernelId> kernels;
  for (const WgmmaTile& tile : kTiles)
    kernels.push_back({std::string(kOp), variant_of(tile.variant, form)});
  return kernels;
}

void linear_f16_n16f25_gelu_f16(Queue& queue, const F16Matrix& x, const LinearF16Weight& w,
                                GeluForm form, const F16Matrix& y) {
  check_linear_f16(kOp, x, w);
  check_f16(kOp, "y", y, x.rows, w.outputs);
  check_f16_distinct(kOp, "x", x, "y", y);
  if (w.family != "tiles") throw Error(fmt::format("{}: x and w must lie in tiles", kOp));
  if (const auto refusal = wgmma_refusal(queue.facts()))
    throw Error(fmt::format("{}: cannot run on {}: {}", kOp, queue.facts().name, *refusal));
  const LinearLaunch launch = wgmma_launch(kOp, {x.rows, w.outputs, 2 * w.inputs}, kTiles,
                                           queue.facts(), queue.gathering());
  queue.launch({std::string(kOp), variant_of(launch.variant, form)}, launch.global, launch.local,
               {x.buffer, w.values, w.bias, y.buffer},
               linear_f16_args(x, w, y.args(), /*y_f16=*/true));
}

}  // namespace zerocl::ops
