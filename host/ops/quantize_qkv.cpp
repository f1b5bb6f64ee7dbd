#include "host/ops/quantize_qkv.h"

#include <fmt/format.h>

#include <string>

#include "cl_kernels/abi/quantize_qkv.h"
#include "host/error.h"
#include "host/ops/attention_i8.h"
#include "host/ops/attention_launch.h"

namespace zerocl::ops {
namespace {

constexpr std::string_view kOp = "quantize_qkv";

}  // namespace

bool quantize_qkv_warp_serves(std::int64_t head_size) {
  return head_size >= 16 && head_size <= 256 && (head_size & (head_size - 1)) == 0;
}

KernelId quantize_qkv_kernel(const DeviceFacts& facts, std::int64_t head_size) {
  KernelId kernel{std::string(kOp), std::string(choose_variant(kOp, kRowVariants, facts).name)};
  if (kernel.variant == "warp" && !quantize_qkv_warp_serves(head_size)) kernel.variant = "group";
  return kernel;
}

void quantize_qkv(Queue& queue, const Tensor& qkv, const Sequences& sequences,
                  const KvCacheShape& shape, const KvCacheLayer& layer, const Codes& q,
                  std::string_view variant) {
  const std::int64_t width = shape.heads * shape.head_size;
  check_f32_rows(kOp, "qkv", qkv, qkv.rows, 3 * width);
  check_sequences(kOp, sequences, qkv.rows, KvCacheShape::Type::i8, shape, layer);
  const KernelId best = quantize_qkv_kernel(queue.facts(), shape.head_size);
  const KernelId kernel =
      attention_kernel(queue, kOp, kRowVariants, shape, variant.data() ? variant : best.variant);
  const bool warp = kernel.variant == "warp";
  if (warp && (!quantize_qkv_warp_serves(shape.head_size) || qkv.stride % 4 != 0 ||
               q.codes.stride % 16 != 0))
    throw Error(fmt::format("{}: variant 'warp' cannot take heads of {} with rows of {} and {}",
                            kOp, shape.head_size, qkv.stride, q.codes.stride));
  check_head_codes(kOp, q, qkv.rows, shape, kernel.variant);
  const quantize_qkv_args args{
      .rows = static_cast<abi_int>(qkv.rows),
      .heads = static_cast<abi_int>(shape.heads),
      .head_size = static_cast<abi_int>(shape.head_size),
      .qkv_stride = static_cast<abi_int>(qkv.stride),
      .q_stride = static_cast<abi_int>(q.codes.stride),
  };
  const StoreLaunch launch =
      store_launch(kernel, sequences, shape.heads, qkv.rows,
                   3 * shape.heads * (warp ? shape.head_size / 16 : QUANTIZE_QKV_ITEMS));
  queue.launch(kernel, launch.shape.global, launch.shape.local,
               {qkv.buffer, sequences.entries, sequences.block_table, launch.table, q.codes.buffer,
                q.scales.buffer, layer.keys, layer.key_scales, layer.values, layer.value_scales},
               args);
}

}  // namespace zerocl::ops
