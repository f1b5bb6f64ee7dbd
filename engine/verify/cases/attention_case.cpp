#include "engine/verify/cases/attention_case.h"

#include <fmt/format.h>

#include <cmath>
#include <cstring>
#include <numbers>
#include <numeric>
#include <span>

#include "cl_kernels/abi/numerics.h"

namespace zerocl {
namespace {

constexpr std::uint32_t kNanBits = CANONICAL_NAN_BITS;
constexpr std::int64_t kSpareBlocks = 3;

std::int64_t blocks_of(const AttentionBatch::Sequence& sequence) {
  return (sequence.position + sequence.length + KEY_BLOCK - 1) / KEY_BLOCK;
}

template <class T>
HostTensor to_tensor(const std::string& name, DType dtype, const std::vector<T>& values,
                     std::int64_t rows) {
  const auto cols = rows == 0 ? 0 : static_cast<std::int64_t>(values.size()) / rows;
  HostTensor out = make_host_tensor(name, dtype, rows, cols);
  std::memcpy(out.data.data(), values.data(), out.data.size());
  return out;
}

}  // namespace

std::int64_t AttentionBatch::rows() const {
  std::int64_t rows = 0;
  for (const Sequence& sequence : sequences) rows += sequence.length;
  return rows;
}

std::int64_t AttentionBatch::keys() const {
  std::int64_t keys = 0;
  for (const Sequence& sequence : sequences) keys += sequence.position + sequence.length;
  return keys;
}

double AttentionBatch::pairs() const {
  double pairs = 0;
  for (const Sequence& sequence : sequences)
    for (std::int64_t t = 0; t < sequence.length; ++t)
      pairs += static_cast<double>(sequence.position + (causal ? t + 1 : sequence.length));
  return pairs * static_cast<double>(heads);
}

std::string AttentionBatch::text() const {
  std::string text =
      fmt::format("H={} D={} {}{}", heads, head_size, causal ? "causal" : "both ways",
                  fill == Fill::special ? " special" : "");
  // A batch of equal sequences shows one.
  const std::size_t shown = sequences.size() > 16 ? 1 : sequences.size();
  for (std::size_t s = 0; s < shown; ++s)
    text += fmt::format("{}{}@{}", s == 0 ? " " : ",", sequences[s].length, sequences[s].position);
  if (shown < sequences.size()) text += fmt::format(" x {}", sequences.size());
  return text;
}

ops::AttentionParams AttentionBatch::params() const {
  const double scale = std::numbers::log2e / std::sqrt(static_cast<double>(head_size));
  return {causal, static_cast<float>(scale)};
}

reference::MatrixF AttentionBatch::qkv(std::size_t sequence) const {
  const Sequence& s = sequences[sequence];
  return make_matrix(1000 + sequence, s.position + s.length, 3 * width(), fill);
}

reference::MatrixF AttentionBatch::packed_qkv() const {
  reference::MatrixF packed(0, 3 * width());
  for (std::size_t s = 0; s < sequences.size(); ++s)
    append_rows<float>(packed, qkv(s).bottomRows(sequences[s].length));
  return packed;
}

std::int64_t AttentionBatch::block_count() const {
  std::int64_t count = kSpareBlocks;
  for (const Sequence& sequence : sequences) count += blocks_of(sequence);
  return count;
}

std::vector<std::int32_t> AttentionBatch::blocks(std::size_t sequence) const {
  std::int64_t first = 0;
  for (std::size_t s = 0; s < sequence; ++s) first += blocks_of(sequences[s]);
  const std::int64_t count = block_count();
  // A step without a common divisor visits every block once.
  std::int64_t step = count / 2 + 1;
  while (std::gcd(step, count) != 1) ++step;
  std::vector<std::int32_t> blocks;
  for (std::int64_t b = first; b < first + blocks_of(sequences[sequence]); ++b)
    blocks.push_back(static_cast<std::int32_t>((b + 1) * step % count));
  return blocks;
}

DeviceAttention make_device_attention(Queue& queue, const AttentionBatch& batch,
                                      ops::KvCacheShape::Type type, const std::string& variant) {
  DeviceAttention device;
  device.shape = ops::make_kv_cache_shape(type, batch.heads, batch.head_size, batch.block_count(),
                                          queue.facts());
  device.shape.layout = ops::kv_layout_of(variant);
  const auto allocate = [&](std::size_t bytes) {
    if (bytes == 0) return Buffer();
    Buffer buffer(*queue.context(), bytes);
    queue.fill(buffer, kNanBits);
    return buffer;
  };
  device.keys = allocate(device.shape.key_bytes());
  device.values = allocate(device.shape.value_bytes());
  device.key_scales = allocate(device.shape.scale_bytes());
  device.value_scales = allocate(device.shape.scale_bytes());
  device.layer = {device.keys, device.key_scales, device.values, device.value_scales};

  std::vector<std::vector<std::int32_t>> blocks;
  std::vector<ops::SequenceInput> inputs;
  for (std::size_t s = 0; s < batch.sequences.size(); ++s) blocks.push_back(batch.blocks(s));
  for (std::size_t s = 0; s < batch.sequences.size(); ++s)
    inputs.push_back({batch.sequences[s].length, batch.sequences[s].position, blocks[s]});
  device.sequences = ops::make_sequences(queue, inputs, device.table);
  return device;
}

void download_kv(Queue& queue, const AttentionBatch& batch, const DeviceAttention& device,
                 std::vector<HostTensor>& out) {
  ops::KvRows all;
  const auto append = [](auto& to, const auto& from) {
    to.insert(to.end(), from.begin(), from.end());
  };
  for (std::size_t s = 0; s < batch.sequences.size(); ++s) {
    const AttentionBatch::Sequence& sequence = batch.sequences[s];
    const ops::KvRows rows = ops::read_kv(queue, device.shape, device.layer, batch.blocks(s),
                                          sequence.position, sequence.length);
    append(all.key_codes, rows.key_codes);
    append(all.key_scales, rows.key_scales);
    append(all.value_codes, rows.value_codes);
    append(all.value_scales, rows.value_scales);
    append(all.keys, rows.keys);
    append(all.values, rows.values);
    append(all.key_halves, rows.key_halves);
    append(all.value_halves, rows.value_halves);
  }
  const std::int64_t rows = batch.rows();
  if (device.shape.type == ops::KvCacheShape::Type::f32) {
    out.push_back(to_tensor("keys", DType::f32, all.keys, rows));
    out.push_back(to_tensor("values", DType::f32, all.values, rows));
    return;
  }
  if (device.shape.type == ops::KvCacheShape::Type::f16) {
    out.push_back(to_tensor("keys", DType::f16, all.key_halves, rows));
    out.push_back(to_tensor("values", DType::f16, all.value_halves, rows));
    return;
  }
  out.push_back(to_tensor("keys", DType::i8, all.key_codes, rows));
  out.push_back(to_tensor("keys.scale", DType::f32, all.key_scales, rows));
  out.push_back(to_tensor("values", DType::i8, all.value_codes, rows));
  out.push_back(to_tensor("values.scale", DType::f32, all.value_scales, rows));
}

void expected_kv(const reference::Quantized& keys, const reference::Quantized& values,
                 std::vector<HostTensor>& out) {
  const auto add = [&](const char* name, const reference::Quantized& matrix) {
    HostTensor codes = make_host_tensor(name, DType::i8, matrix.codes.rows(), matrix.codes.cols());
    std::memcpy(codes.data.data(), matrix.codes.data(), codes.data.size());
    out.push_back(std::move(codes));
    out.push_back(expected(std::string(name) + ".scale", matrix.scales));
  };
  add("keys", keys);
  add("values", values);
}

void expected_kv_f16(const reference::MatrixF16& keys, const reference::MatrixF16& values,
                     std::vector<HostTensor>& out) {
  const auto add = [&](const char* name, const reference::MatrixF16& matrix) {
    HostTensor tensor = make_host_tensor(name, DType::f16, matrix.rows(), matrix.cols());
    std::memcpy(tensor.data.data(), matrix.data(), tensor.data.size());
    out.push_back(std::move(tensor));
  };
  add("keys", keys);
  add("values", values);
}

}  // namespace zerocl
