#include "host/ops/quantize_qkv.h"

#include "cl_kernels/abi/quantize_qkv.h"
#include "host/ops/attention_i8.h"
#include "host/ops/attention_launch.h"

namespace zerocl::ops {

void quantize_qkv(Queue& queue, const Tensor& qkv, const Sequences& sequences,
                  const KvCacheShape& shape, const KvCacheLayer& layer, const Codes& q,
                  std::string_view variant) {
  constexpr std::string_view op = "quantize_qkv";
  const std::int64_t width = shape.heads * shape.head_size;
  check_f32_rows(op, "qkv", qkv, qkv.rows, 3 * width);
  check_sequences(op, sequences, qkv.rows, KvCacheShape::Type::i8, shape, layer);
  const KernelId kernel = attention_kernel(queue, op, kPortableVariants, shape, variant);
  check_head_codes(op, q, qkv.rows, shape, kernel.variant);
  const quantize_qkv_args args{
      .rows = static_cast<abi_int>(qkv.rows),
      .heads = static_cast<abi_int>(shape.heads),
      .head_size = static_cast<abi_int>(shape.head_size),
      .qkv_stride = static_cast<abi_int>(qkv.stride),
      .q_stride = static_cast<abi_int>(q.codes.stride),
  };
  const StoreLaunch launch =
      store_launch(kernel, sequences, shape.heads, qkv.rows, 3 * shape.heads * QUANTIZE_QKV_ITEMS);
  queue.launch(kernel, launch.shape.global, launch.shape.local,
               {qkv.buffer, sequences.entries, sequences.block_table, launch.table, q.codes.buffer,
                q.scales.buffer, layer.keys, layer.key_scales, layer.values, layer.value_scales},
               args);
}

}  // namespace zerocl::ops
