#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "cl_kernels/abi/kv_cache.h"  // KV_*
#include "host/buffer.h"              // BufferView
#include "host/device.h"              // DeviceFacts
#include "host/queue.h"               // Queue

namespace zerocl::ops {

// How keys and values lie on the device; each attention variant reads one of them.
enum class KvLayout : std::int32_t { cpu = KV_CPU, gpu = KV_GPU };

// One layer's key/value cache: `blocks` blocks of KEY_BLOCK (64) keys of H heads of D elements.
// Blocks are outermost, so the first blocks of a larger cache are the same bytes as a smaller one.
struct KvCacheShape {
  enum class Type { i8, f32, f16 };  // of attention_i8, _f32 or _f16_n16f25
  Type type = Type::i8;
  KvLayout layout = KvLayout::cpu;
  std::int64_t heads = 0;      // H
  std::int64_t head_size = 0;  // D, 1 to HEAD_SIZE_LIMIT (256)
  std::int64_t blocks = 0;

  // Bytes of the four buffers of a layer; scales: of keys or of values, 0 for f32.
  std::size_t key_bytes() const { return bytes_of(key_part()); }
  std::size_t value_bytes() const { return bytes_of(value_part()); }
  std::size_t scale_bytes() const;
  // Elements of one head's part of a block, padding included.
  std::size_t key_part() const;
  std::size_t value_part() const;

 private:
  std::size_t bytes_of(std::size_t part) const;
};

// A layer's buffers; the scales of a cache of floats are null. New memory must be cleared before
// use: kernels read whole blocks, and what lies beyond a sequence's end must at least be defined.
struct KvCacheLayer {
  BufferView keys, key_scales, values, value_scales;
};

// The shape in the layout of the attention variant that this device runs. Throws Error for a head
// size over the limit, no heads, or sizes that kernels cannot count.
KvCacheShape make_kv_cache_shape(KvCacheShape::Type type, std::int64_t heads,
                                 std::int64_t head_size, std::int64_t blocks,
                                 const DeviceFacts& facts);

// The layout that a variant of quantize_qkv, store_kv and attention reads and writes.
KvLayout kv_layout_of(std::string_view variant);

// Throws Error, naming `op`, unless every buffer of the layer holds the shape's bytes.
void check_kv(std::string_view op, const KvCacheShape& shape, const KvCacheLayer& layer);

// Writes zeros into blocks [first, shape.blocks).
void clear_kv(Queue& queue, const KvCacheShape& shape, const KvCacheLayer& layer,
              std::int64_t first = 0);

// Keys and values of one sequence as logical rows, H*D elements each; codes with scales [rows, H]
// for an INT8 cache, floats for an f32 cache, bits for an f16 cache, the others empty.
struct KvRows {
  std::vector<std::int8_t> key_codes, value_codes;
  std::vector<float> key_scales, value_scales;
  std::vector<float> keys, values;
  std::vector<std::uint16_t> key_halves = {}, value_halves = {};
};

// Rows [first, first + count) of the sequence whose keys lie in `blocks`. Waits for the queue.
// Throws Error if the blocks are too few or not of this cache.
KvRows read_kv(Queue& queue, const KvCacheShape& shape, const KvCacheLayer& layer,
               std::span<const std::int32_t> blocks, std::int64_t first, std::int64_t count);

// The way back: stores rows made elsewhere. Other rows of the blocks keep their values.
void write_kv(Queue& queue, const KvCacheShape& shape, const KvCacheLayer& layer,
              std::span<const std::int32_t> blocks, std::int64_t first, std::int64_t count,
              const KvRows& rows);

}  // namespace zerocl::ops
