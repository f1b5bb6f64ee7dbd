#include "host/ops/attention_f16_n16f25.h"

#include <fmt/format.h>

#include <vector>

#include "cl_kernels/abi/attention_f16_n16f25.h"
#include "host/error.h"
#include "host/ops/attention_launch.h"

namespace zerocl {

std::optional<std::string> n16f25_refusal(const DeviceFacts& facts) {
  if (!facts.is_nvidia()) return "needs an NVIDIA GPU";
  if (facts.nvidia_sm() != 90)
    return fmt::format("needs compute capability 9.0 (Hopper), found {}.{}", facts.nvidia_sm_major,
                       facts.nvidia_sm_minor);
  return std::nullopt;
}

namespace ops {
namespace {

constexpr std::string_view kOp = "attention_f16_n16f25";

std::string kernel_variant(std::string_view variant, std::int64_t head_size) {
  return variant == "mma" && head_size > 64 ? "mma_wide" : std::string(variant);
}

}  // namespace

bool attention_f16_n16f25_serves(std::string_view variant, std::int64_t head_size, bool causal) {
  return variant != "mma" || (!causal && (head_size == 32 || head_size == 64 || head_size == 128));
}

KernelId attention_f16_n16f25_kernel(const DeviceFacts& facts, std::int64_t head_size,
                                     bool causal) {
  std::vector<Variant> serving;
  for (const Variant& variant : kAttentionF16Variants)
    if (attention_f16_n16f25_serves(variant.name, head_size, causal)) serving.push_back(variant);
  return {std::string(kOp), kernel_variant(choose_variant(kOp, serving, facts).name, head_size)};
}

void attention_f16_n16f25(Queue& queue, const F16Matrix& q, const Sequences& sequences,
                          const KvCacheShape& shape, const KvCacheLayer& layer,
                          AttentionParams params, const F16Matrix& y, std::string_view variant) {
  constexpr std::string_view op = kOp;
  const std::int64_t width = shape.heads * shape.head_size;
  check_f16_rows(op, "q", q, q.rows, width);
  check_sequences(op, sequences, q.rows, KvCacheShape::Type::f16, shape, layer);
  check_f16(op, "y", y, q.rows, width);
  check_f16_distinct(op, "q", q, "y", y);
  if (variant.data() != nullptr &&
      !attention_f16_n16f25_serves(variant, shape.head_size, params.causal))
    throw Error(fmt::format("{}: variant '{}' does not serve {}heads of {}", op, variant,
                            params.causal ? "causal " : "", shape.head_size));
  KernelId kernel = attention_kernel(queue, op, kAttentionF16Variants, shape, variant);
  kernel = variant.data() == nullptr
               ? attention_f16_n16f25_kernel(queue.facts(), shape.head_size, params.causal)
               : KernelId{kernel.op, kernel_variant(kernel.variant, shape.head_size)};
  const attention_f16_n16f25_args args{
      .heads = static_cast<abi_int>(shape.heads),
      .head_size = static_cast<abi_int>(shape.head_size),
      .y = y.args(),
      .causal = params.causal ? 1 : 0,
      .scale = params.scale,
  };
  const bool mma = kernel.variant.starts_with("mma");
  constexpr std::size_t kItems = 32 * ATTENTION_MMA_ROWS / ATTENTION_ROWS_GPU;
  const auto groups = static_cast<std::size_t>(sequences.mma_tiles.count * shape.heads);
  const LaunchShape launch = mma ? LaunchShape{{groups * kItems, 1, 1}, {kItems, 1, 1}}
                                 : tile_shape(kernel, sequences, shape.heads);
  queue.launch(kernel, launch.global, launch.local,
               {q.buffer, layer.keys, layer.values, sequences.entries, sequences.block_table,
                mma ? sequences.mma_tiles.table : tile_table(kernel, sequences), y.buffer},
               args);
}

}  // namespace ops
}  // namespace zerocl
