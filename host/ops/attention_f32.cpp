#include "host/ops/attention_f32.h"

#include "cl_kernels/abi/attention_f32.h"
#include "host/ops/attention_launch.h"

namespace zerocl::ops {

void attention_f32(Queue& queue, const Tensor& qkv, const Sequences& sequences,
                   const KvCacheShape& shape, const KvCacheLayer& layer, AttentionParams params,
                   const Tensor& y, std::string_view variant) {
  constexpr std::string_view op = "attention_f32";
  const std::int64_t width = shape.heads * shape.head_size;
  check_f32_rows(op, "qkv", qkv, qkv.rows, 3 * width);
  check_sequences(op, sequences, qkv.rows, KvCacheShape::Type::f32, shape, layer);
  check_f32_rows(op, "y", y, qkv.rows, width);
  check_distinct(op, "qkv", qkv, "y", y);
  const KernelId kernel = attention_kernel(queue, op, kPortableVariants, shape, variant);
  const attention_f32_args args{
      .heads = static_cast<abi_int>(shape.heads),
      .head_size = static_cast<abi_int>(shape.head_size),
      .qkv_stride = static_cast<abi_int>(qkv.stride),
      .y_stride = static_cast<abi_int>(y.stride),
      .causal = params.causal ? 1 : 0,
      .scale = params.scale,
  };
  const LaunchShape launch = tile_shape(kernel, sequences, shape.heads);
  queue.launch(kernel, launch.global, launch.local,
               {qkv.buffer, layer.keys, layer.values, sequences.entries, sequences.block_table,
                tile_table(kernel, sequences), y.buffer},
               args);
}

}  // namespace zerocl::ops
