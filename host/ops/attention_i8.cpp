#include "host/ops/attention_i8.h"

#include <fmt/format.h>

#include "cl_kernels/abi/attention_i8.h"
#include "host/error.h"
#include "host/ops/attention_launch.h"

namespace zerocl::ops {

CodesLayout attention_i8_input_layout(std::string_view variant) {
  return variant.empty() ? CodesLayout::i16 : CodesLayout::i8;
}

CodesLayout attention_i8_input_layout(const DeviceFacts& facts) {
  return attention_i8_input_layout(choose_variant("attention_i8", kPortableVariants, facts).name);
}

void check_head_codes(std::string_view op, const Codes& q, std::int64_t rows,
                      const KvCacheShape& shape, std::string_view variant) {
  check_codes(op, "q", q, rows, shape.heads * shape.head_size);
  if (q.group == shape.head_size && q.layout == attention_i8_input_layout(variant)) return;
  throw Error(
      fmt::format("{}: q has groups of {} in layout {}; variant '{}' takes groups of {} in "
                  "layout {}",
                  op, q.group, static_cast<int>(q.layout), variant, shape.head_size,
                  static_cast<int>(attention_i8_input_layout(variant))));
}

void attention_i8(Queue& queue, const Codes& q, const Sequences& sequences,
                  const KvCacheShape& shape, const KvCacheLayer& layer, AttentionParams params,
                  const Tensor& y, std::string_view variant) {
  constexpr std::string_view op = "attention_i8";
  const std::int64_t rows = q.codes.rows;
  check_sequences(op, sequences, rows, KvCacheShape::Type::i8, shape, layer);
  const KernelId kernel = attention_kernel(queue, op, shape, variant);
  check_head_codes(op, q, rows, shape, kernel.variant);
  check_f32_rows(op, "y", y, rows, shape.heads * shape.head_size);
  const attention_i8_args args{
      .heads = static_cast<abi_int>(shape.heads),
      .head_size = static_cast<abi_int>(shape.head_size),
      .q_stride = static_cast<abi_int>(q.codes.stride),
      .y_stride = static_cast<abi_int>(y.stride),
      .causal = params.causal ? 1 : 0,
      .scale = params.scale,
  };
  const LaunchShape launch = tile_shape(kernel, sequences, shape.heads);
  queue.launch(kernel, launch.global, launch.local,
               {q.codes.buffer, q.scales.buffer, layer.keys, layer.key_scales, layer.values,
                layer.value_scales, sequences.entries, sequences.block_table,
                tile_table(kernel, sequences), y.buffer},
               args);
}

}  // namespace zerocl::ops
