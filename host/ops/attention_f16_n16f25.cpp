#include "host/ops/attention_f16_n16f25.h"

#include <fmt/format.h>

#include "cl_kernels/abi/attention_f16_n16f25.h"
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

void attention_f16_n16f25(Queue& queue, const F16Matrix& q, const Sequences& sequences,
                          const KvCacheShape& shape, const KvCacheLayer& layer,
                          AttentionParams params, const F16Matrix& y, std::string_view variant) {
  constexpr std::string_view op = "attention_f16_n16f25";
  const std::int64_t width = shape.heads * shape.head_size;
  check_f16_rows(op, "q", q, q.rows, width);
  check_sequences(op, sequences, q.rows, KvCacheShape::Type::f16, shape, layer);
  check_f16(op, "y", y, q.rows, width);
  check_f16_distinct(op, "q", q, "y", y);
  const KernelId kernel = attention_kernel(queue, op, kAttentionF16Variants, shape, variant);
  const attention_f16_n16f25_args args{
      .heads = static_cast<abi_int>(shape.heads),
      .head_size = static_cast<abi_int>(shape.head_size),
      .y = y.args(),
      .causal = params.causal ? 1 : 0,
      .scale = params.scale,
  };
  const LaunchShape launch = tile_shape(kernel, sequences, shape.heads);
  queue.launch(kernel, launch.global, launch.local,
               {q.buffer, layer.keys, layer.values, sequences.entries, sequences.block_table,
                tile_table(kernel, sequences), y.buffer},
               args);
}

}  // namespace ops
}  // namespace zerocl
