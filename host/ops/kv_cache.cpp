#include "host/ops/kv_cache.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <string>

#include "host/error.h"
#include "host/ops/variant.h"

namespace zerocl::ops {
namespace {

constexpr std::int64_t kIntMax = std::numeric_limits<std::int32_t>::max();
constexpr std::int64_t kBlock = KEY_BLOCK;

bool is_i8(const KvCacheShape& shape) {
  return shape.type == KvCacheShape::Type::i8;
}

// Whether the elements lie as INT8 codes do: f16 does on GPUs, and as f32 does on CPUs.
bool as_i8(const KvCacheShape& shape) {
  return is_i8(shape) || (shape.type == KvCacheShape::Type::f16 && shape.layout == KvLayout::gpu);
}

std::size_t unsigned_of(std::int64_t value) {
  return static_cast<std::size_t>(value);
}

// Index of (slot, d) in one head's part of a block.
std::int64_t key_index(const KvCacheShape& shape, std::int64_t slot, std::int64_t d) {
  if (shape.layout == KvLayout::cpu)
    return as_i8(shape) ? KV_CPU_I8_KEY(slot, d) : KV_CPU_F32_KEY(slot, d);
  return as_i8(shape) ? KV_GPU_I8_KEY(slot, d) : KV_GPU_F32_KEY(slot, d);
}

std::int64_t value_index(const KvCacheShape& shape, std::int64_t slot, std::int64_t d) {
  const std::int64_t size = shape.head_size;
  if (!as_i8(shape)) return KV_F32_VALUE(slot, d, size);
  return shape.layout == KvLayout::cpu ? KV_CPU_I8_VALUE(slot, d, size)
                                       : KV_GPU_I8_VALUE(slot, d, size);
}

void check_rows(const KvCacheShape& shape, std::span<const std::int32_t> blocks, std::int64_t first,
                std::int64_t count) {
  const bool in_table = first >= 0 && count >= 0 && first <= kIntMax && count <= kIntMax &&
                        first + count <= static_cast<std::int64_t>(blocks.size()) * kBlock;
  const bool in_cache = std::all_of(blocks.begin(), blocks.end(), [&](std::int32_t block) {
    return block >= 0 && block < shape.blocks;
  });
  if (in_table && in_cache) return;
  throw Error(
      fmt::format("key/value cache of {} blocks: rows {} to {} are not in the {} blocks "
                  "of the sequence",
                  shape.blocks, first, first + count, blocks.size()));
}

// The host's image of one block of a layer.
template <class T>
struct Block {
  std::vector<T> keys, values;
  std::vector<float> key_scales, value_scales;
};

// Calls copy(queue, view, host bytes, byte offset) for each buffer of block `index`.
template <class T, class Copy>
void transfer(const KvCacheShape& shape, const KvCacheLayer& layer, std::int32_t index,
              Block<T>& block, Copy copy) {
  const auto at = static_cast<std::size_t>(index);
  copy(layer.keys, std::as_writable_bytes(std::span(block.keys)),
       at * block.keys.size() * sizeof(T));
  copy(layer.values, std::as_writable_bytes(std::span(block.values)),
       at * block.values.size() * sizeof(T));
  if (!is_i8(shape)) return;
  copy(layer.key_scales, std::as_writable_bytes(std::span(block.key_scales)),
       at * block.key_scales.size() * 4);
  copy(layer.value_scales, std::as_writable_bytes(std::span(block.value_scales)),
       at * block.value_scales.size() * 4);
}

// Where the rows of a type stand in KvRows.
template <class T>
auto& row_keys(auto& rows) {
  if constexpr (sizeof(T) == 1)
    return rows.key_codes;
  else if constexpr (sizeof(T) == 2)
    return rows.key_halves;
  else
    return rows.keys;
}
template <class T>
auto& row_values(auto& rows) {
  if constexpr (sizeof(T) == 1)
    return rows.value_codes;
  else if constexpr (sizeof(T) == 2)
    return rows.value_halves;
  else
    return rows.values;
}

// Walks the rows block by block: `visit(slot, row, block)` for each row, after the block was read
// and, if `store`, before it is written back.
template <class T, class Visit>
void walk(Queue& queue, const KvCacheShape& shape, const KvCacheLayer& layer,
          std::span<const std::int32_t> blocks, std::int64_t first, std::int64_t count, bool store,
          Visit visit) {
  Block<T> block;
  block.keys.resize(shape.key_part() * unsigned_of(shape.heads));
  block.values.resize(shape.value_part() * unsigned_of(shape.heads));
  if (is_i8(shape)) {
    block.key_scales.resize(unsigned_of(shape.heads * kBlock));
    block.value_scales.resize(block.key_scales.size());
  }
  for (std::int64_t p = first; p < first + count;) {
    const std::int32_t index = blocks[unsigned_of(p / kBlock)];
    transfer(shape, layer, index, block,
             [&](const BufferView& view, std::span<std::byte> data, std::size_t offset) {
               queue.read(view, data, offset);
             });
    const std::int64_t end = std::min(first + count, (p / kBlock + 1) * kBlock);
    for (; p < end; ++p) visit(p % kBlock, p - first, block);
    if (!store) continue;
    transfer(shape, layer, index, block,
             [&](const BufferView& view, std::span<std::byte> data, std::size_t offset) {
               queue.write(view, std::span<const std::byte>(data), offset);
             });
  }
}

// Copies one row of keys, values and scales; `copy(in the block, in the rows)` says which way.
template <class T, class Rows, class Copy>
void copy_row(const KvCacheShape& shape, std::int64_t slot, std::int64_t row, Block<T>& block,
              Rows& rows, Copy copy) {
  const std::int64_t size = shape.head_size;
  for (std::int64_t h = 0; h < shape.heads; ++h) {
    T* keys = block.keys.data() + unsigned_of(h) * shape.key_part();
    T* values = block.values.data() + unsigned_of(h) * shape.value_part();
    for (std::int64_t d = 0; d < size; ++d) {
      const std::size_t at = unsigned_of((row * shape.heads + h) * size + d);
      copy(keys[key_index(shape, slot, d)], row_keys<T>(rows)[at]);
      copy(values[value_index(shape, slot, d)], row_values<T>(rows)[at]);
    }
    if (!is_i8(shape)) continue;
    const std::size_t at = unsigned_of(row * shape.heads + h);
    copy(block.key_scales[unsigned_of(h * kBlock + slot)], rows.key_scales[at]);
    copy(block.value_scales[unsigned_of(h * kBlock + slot)], rows.value_scales[at]);
  }
}

}  // namespace

std::size_t KvCacheShape::key_part() const {
  const std::int64_t size = head_size;
  if (layout == KvLayout::gpu) return unsigned_of(KV_PADDED_PART(size));
  return unsigned_of(type == Type::i8 ? KV_CPU_I8_KEYS(size) : KV_CPU_F32_KEYS(size));
}

std::size_t KvCacheShape::value_part() const {
  return unsigned_of(KV_PADDED_PART(head_size));
}

std::size_t KvCacheShape::bytes_of(std::size_t part) const {
  const std::size_t element = type == Type::i8 ? 1 : type == Type::f16 ? 2 : sizeof(float);
  return part * unsigned_of(heads) * unsigned_of(blocks) * element;
}

std::size_t KvCacheShape::scale_bytes() const {
  return type == Type::i8 ? unsigned_of(blocks * heads * kBlock) * sizeof(float) : 0;
}

KvCacheShape make_kv_cache_shape(KvCacheShape::Type type, std::int64_t heads,
                                 std::int64_t head_size, std::int64_t blocks,
                                 const DeviceFacts& facts) {
  if (head_size < 1 || head_size > HEAD_SIZE_LIMIT || heads < 1 || heads > kIntMax / head_size ||
      blocks < 0 || blocks > kIntMax / kBlock)
    throw Error(
        fmt::format("key/value cache: {} heads of {} elements in {} blocks; expected head "
                    "sizes of 1 to {}, and less than 2^31 elements a row and keys",
                    heads, head_size, blocks, HEAD_SIZE_LIMIT));
  const std::string_view op = type == KvCacheShape::Type::i8    ? "attention_i8"
                              : type == KvCacheShape::Type::f16 ? "attention_f16_n16f25"
                                                                : "attention_f32";
  const Variant& variant = choose_variant(op, kPortableVariants, facts);
  return {type, kv_layout_of(variant.name), heads, head_size, blocks};
}

KvLayout kv_layout_of(std::string_view variant) {
  return variant.empty() ? KvLayout::cpu : KvLayout::gpu;
}

void check_kv(std::string_view op, const KvCacheShape& shape, const KvCacheLayer& layer) {
  const auto check = [&](std::string_view name, const BufferView& view, std::size_t bytes) {
    if (view.bytes >= bytes && (view || bytes == 0)) return;
    throw Error(fmt::format("{}: the cache's {} have {} bytes; {} blocks of {} heads of {} need {}",
                            op, name, view.bytes, shape.blocks, shape.heads, shape.head_size,
                            bytes));
  };
  check("keys", layer.keys, shape.key_bytes());
  check("values", layer.values, shape.value_bytes());
  check("key scales", layer.key_scales, shape.scale_bytes());
  check("value scales", layer.value_scales, shape.scale_bytes());
}

void clear_kv(Queue& queue, const KvCacheShape& shape, const KvCacheLayer& layer,
              std::int64_t first) {
  check_kv("clear_kv", shape, layer);
  if (first >= shape.blocks) return;
  const auto clear = [&](const BufferView& view, std::size_t bytes) {
    if (bytes == 0) return;
    const std::size_t offset = bytes / unsigned_of(shape.blocks) * unsigned_of(first);
    queue.fill(view, 0, offset, bytes - offset);
  };
  clear(layer.keys, shape.key_bytes());
  clear(layer.values, shape.value_bytes());
  clear(layer.key_scales, shape.scale_bytes());
  clear(layer.value_scales, shape.scale_bytes());
}

namespace {

template <class T>
void read_rows(Queue& queue, const KvCacheShape& shape, const KvCacheLayer& layer,
               std::span<const std::int32_t> blocks, std::int64_t first, std::int64_t count,
               KvRows& rows) {
  const std::size_t elements = unsigned_of(count * shape.heads * shape.head_size);
  row_keys<T>(rows).resize(elements);
  row_values<T>(rows).resize(elements);
  walk<T>(queue, shape, layer, blocks, first, count, false,
          [&](std::int64_t slot, std::int64_t row, Block<T>& block) {
            copy_row(shape, slot, row, block, rows, [](auto& from, auto& to) { to = from; });
          });
}

template <class T>
void write_rows(Queue& queue, const KvCacheShape& shape, const KvCacheLayer& layer,
                std::span<const std::int32_t> blocks, std::int64_t first, std::int64_t count,
                const KvRows& rows) {
  walk<T>(queue, shape, layer, blocks, first, count, true,
          [&](std::int64_t slot, std::int64_t row, Block<T>& block) {
            copy_row(shape, slot, row, block, rows, [](auto& to, auto& from) { to = from; });
          });
}

}  // namespace

KvRows read_kv(Queue& queue, const KvCacheShape& shape, const KvCacheLayer& layer,
               std::span<const std::int32_t> blocks, std::int64_t first, std::int64_t count) {
  check_kv("read_kv", shape, layer);
  check_rows(shape, blocks, first, count);
  KvRows rows;
  if (is_i8(shape)) {
    rows.key_scales.resize(unsigned_of(count * shape.heads));
    rows.value_scales.resize(rows.key_scales.size());
    read_rows<std::int8_t>(queue, shape, layer, blocks, first, count, rows);
  } else if (shape.type == KvCacheShape::Type::f16) {
    read_rows<std::uint16_t>(queue, shape, layer, blocks, first, count, rows);
  } else {
    read_rows<float>(queue, shape, layer, blocks, first, count, rows);
  }
  return rows;
}

void write_kv(Queue& queue, const KvCacheShape& shape, const KvCacheLayer& layer,
              std::span<const std::int32_t> blocks, std::int64_t first, std::int64_t count,
              const KvRows& rows) {
  check_kv("write_kv", shape, layer);
  check_rows(shape, blocks, first, count);
  const std::size_t scales = is_i8(shape) ? unsigned_of(count * shape.heads) : 0;
  const std::size_t elements = unsigned_of(count * shape.heads * shape.head_size);
  const auto elements_if = [&](KvCacheShape::Type type) {
    return shape.type == type ? elements : 0;
  };
  const std::size_t codes = elements_if(KvCacheShape::Type::i8);
  const std::size_t floats = elements_if(KvCacheShape::Type::f32);
  const std::size_t halves = elements_if(KvCacheShape::Type::f16);
  if (rows.key_codes.size() != codes || rows.value_codes.size() != codes ||
      rows.key_scales.size() != scales || rows.value_scales.size() != scales ||
      rows.keys.size() != floats || rows.values.size() != floats ||
      rows.key_halves.size() != halves || rows.value_halves.size() != halves)
    throw Error(fmt::format("write_kv: the rows do not hold {} rows of {} heads of {}", count,
                            shape.heads, shape.head_size));
  if (is_i8(shape))
    write_rows<std::int8_t>(queue, shape, layer, blocks, first, count, rows);
  else if (shape.type == KvCacheShape::Type::f16)
    write_rows<std::uint16_t>(queue, shape, layer, blocks, first, count, rows);
  else
    write_rows<float>(queue, shape, layer, blocks, first, count, rows);
}

}  // namespace zerocl::ops
