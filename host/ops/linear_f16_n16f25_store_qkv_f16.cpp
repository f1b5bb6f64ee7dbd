#include "host/ops/linear_f16_n16f25_store_qkv_f16.h"

#include <fmt/format.h>

#include "cl_kernels/abi/linear_f16_n16f25.h"
#include "host/error.h"
#include "host/ops/attention_launch.h"
#include "host/ops/linear_wgmma.h"

namespace zerocl::ops {
namespace {

constexpr std::string_view kOp = "linear_f16_n16f25_store_qkv_f16";

// Counted, but for the stages of 128 x 256 and 64 x 64, which were fitted.
constexpr WgmmaTile kTiles[] = {
    {"wgmma", 128, 256, 384, 1, 1100, 3500},         {"wgmma_192", 128, 192, 384, 1, 880, 2800},
    {"wgmma_mid", 128, 128, 640, 1, 700, 400, 2000}, {"wgmma_low", 64, 128, 256, 2, 570, 1800},
    {"wgmma_few", 64, 64, 256, 2, 400, 1200},
};

}  // namespace

bool can_fuse_linear_f16_n16f25_store_qkv_f16(const DeviceFacts& facts, const KvCacheShape& shape) {
  const Variant* product = best_variant("linear_f16_n16f25", kLinearF16Variants, facts);
  return product != nullptr && product->name == "wgmma" && shape.layout == KvLayout::gpu &&
         shape.head_size % KV_HEAD_ALIGN == 0 &&
         best_variant(kOp, kLinearF16StoreQkvF16Variants, facts) != nullptr;
}

std::vector<KernelId> linear_f16_n16f25_store_qkv_f16_kernels() {
  std::vector<KernelId> kernels;
  for (const WgmmaTile& tile : kTiles)
    kernels.push_back({std::string(kOp), std::string(tile.variant)});
  return kernels;
}

void linear_f16_n16f25_store_qkv_f16(Queue& queue, const F16Matrix& x, const LinearF16Weight& w,
                                     const Sequences& sequences, const KvCacheShape& shape,
                                     const KvCacheLayer& layer, const F16Matrix& q) {
  const std::int64_t width = shape.heads * shape.head_size;
  check_linear_f16(kOp, x, w);
  check_sequences(kOp, sequences, x.rows, KvCacheShape::Type::f16, shape, layer);
  check_f16_rows(kOp, "q", q, x.rows, width);
  check_f16_distinct(kOp, "x", x, "q", q);
  if (w.outputs != 3 * width || w.family != "tiles")
    throw Error(fmt::format("{}: w is [{}, {}] in family '{}'; expected [{}, {}] in 'tiles'", kOp,
                            w.outputs, w.inputs, w.family, 3 * width, w.inputs));
  if (const auto refusal = wgmma_refusal(queue.facts()))
    throw Error(fmt::format("{}: cannot run on {}: {}", kOp, queue.facts().name, *refusal));
  if (shape.layout != KvLayout::gpu || shape.head_size % KV_HEAD_ALIGN != 0)
    throw Error(
        fmt::format("{}: heads of {} in cache layout {}; expected a multiple of {} in the "
                    "layout of GPUs",
                    kOp, shape.head_size, static_cast<int>(shape.layout), KV_HEAD_ALIGN));
  const linear_f16_n16f25_store_qkv_f16_args args{
      .linear = linear_f16_args(x, w, q.args(), /*y_f16=*/true),
      .heads = static_cast<abi_int>(shape.heads),
      .head_size = static_cast<abi_int>(shape.head_size),
  };
  const LinearLaunch launch = wgmma_launch(kOp, {x.rows, w.outputs, 2 * w.inputs}, kTiles,
                                           queue.facts(), queue.gathering());
  queue.launch({std::string(kOp), launch.variant}, launch.global, launch.local,
               {x.buffer, w.values, w.bias, sequences.entries, sequences.block_table,
                sequences.row_sequence, q.buffer, layer.keys, layer.values},
               args);
}

}  // namespace zerocl::ops
