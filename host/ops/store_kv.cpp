#include "host/ops/store_kv.h"

#include "cl_kernels/abi/store_kv.h"
#include "host/ops/attention_launch.h"

namespace zerocl::ops {

void store_kv(Queue& queue, const Tensor& qkv, const Sequences& sequences,
              const KvCacheShape& shape, const KvCacheLayer& layer, std::string_view variant) {
  constexpr std::string_view op = "store_kv";
  check_f32_rows(op, "qkv", qkv, qkv.rows, 3 * shape.heads * shape.head_size);
  check_sequences(op, sequences, qkv.rows, KvCacheShape::Type::f32, shape, layer);
  const KernelId kernel = attention_kernel(queue, op, kPortableVariants, shape, variant);
  const store_kv_args args{
      .rows = static_cast<abi_int>(qkv.rows),
      .heads = static_cast<abi_int>(shape.heads),
      .head_size = static_cast<abi_int>(shape.head_size),
      .qkv_stride = static_cast<abi_int>(qkv.stride),
  };
  const StoreLaunch launch = store_launch(kernel, sequences, shape.heads, qkv.rows,
                                          shape.heads * KV_PADDED(shape.head_size));
  queue.launch(kernel, launch.shape.global, launch.shape.local,
               {qkv.buffer, sequences.entries, sequences.block_table, launch.table, layer.keys,
                layer.values},
               args);
}

}  // namespace zerocl::ops
