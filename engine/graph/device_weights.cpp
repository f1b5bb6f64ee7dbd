#include <fmt/format.h>

#include "engine/graph/device_state.h"
#include "host/error.h"
#include "host/ops/dequantize.h"
#include "host/ops/linear_f32_fast.h"

namespace zerocl {
namespace {

constexpr std::size_t kArenaBlock = std::size_t{64} << 20;

template <class T>
BufferView upload(Arena& arena, Queue& queue, const std::vector<T>& values) {
  const BufferView view = arena.allocate(values.size() * sizeof(T));
  queue.write(view, std::span(values));
  return view;
}

}  // namespace

DeviceWeights::DeviceWeights(std::shared_ptr<const Model> model, Queue& queue)
    : model_(std::move(model)),
      reader_(*model_),
      queue_(queue),
      arena_(queue.context(), kArenaBlock) {}

BufferView DeviceWeights::vector(const std::string& name) {
  const auto it = vectors_.find(name);
  if (it != vectors_.end()) return it->second;
  return vectors_.emplace(name, upload(arena_, queue_, reader_.vector(name))).first->second;
}

const Variant& DeviceWeights::linear_w8a8_variant(const std::string& weight, std::int64_t inputs,
                                                  std::int64_t x_group) const {
  return ops::choose_linear_w8a8(queue_.facts(), {inputs, x_group, reader_.group(weight)});
}

const ops::LinearW8A8Weight& DeviceWeights::linear_w8a8(const std::string& weight,
                                                        const std::string& bias,
                                                        std::int64_t x_group) {
  const auto it = w8a8_.find(weight);
  if (it != w8a8_.end()) return it->second;
  const QuantizedMatrix matrix = reader_.quantized_matrix(weight);
  const std::string family(
      ops::linear_w8a8_family_of(linear_w8a8_variant(weight, matrix.cols, x_group).name));
  std::vector<std::byte> packed(
      ops::packed_bytes_w8a8(family, matrix.rows, matrix.cols, matrix.group));
  ops::pack_linear_w8a8(family, matrix.codes, matrix.rows, matrix.cols, matrix.group, packed);
  ops::LinearW8A8Weight loaded;
  loaded.outputs = matrix.rows;
  loaded.inputs = matrix.cols;
  loaded.group = matrix.group;
  loaded.family = family;
  loaded.codes = upload(arena_, queue_, packed);
  loaded.scales = upload(arena_, queue_, ops::pack_scales_w8a8(family, matrix.scales, matrix.rows));
  if (!bias.empty()) loaded.bias = vector(bias);
  return w8a8_.emplace(weight, loaded).first->second;
}

FloatMatrix DeviceWeights::float_matrix(const std::string& name) {
  if (!reader_.quantized(name)) return reader_.matrix(name);
  const ops::EmbeddingTable& stored = table(name);
  FloatMatrix matrix{stored.values.rows, stored.values.cols, {}};
  matrix.values.resize(static_cast<std::size_t>(matrix.rows * matrix.cols));
  const Buffer values(*queue_.context(), matrix.values.size() * sizeof(float));
  const ops::Codes codes{stored.values, stored.scales, matrix.cols, ops::CodesLayout::i8};
  ops::dequantize(queue_, codes, Tensor(values, DType::f32, matrix.rows, matrix.cols));
  queue_.read(values, std::span(matrix.values));
  return matrix;
}

const ops::LinearF32Weight& DeviceWeights::linear_f32(const std::string& weight,
                                                      const std::string& bias, bool fast) {
  const std::string stored = reader_.resolve(weight);  // one session packs for one of the two
  const auto it = f32_.find(stored);
  if (it != f32_.end()) return it->second;
  const FloatMatrix matrix = float_matrix(stored);
  const BufferView bias_view = bias.empty() ? BufferView() : vector(bias);
  const std::string family(fast ? ops::kLinearF32FastFamily
                                : ops::linear_f32_family(queue_.facts()));
  std::vector<float> packed(ops::packed_floats_f32(family, matrix.rows, matrix.cols));
  ops::pack_linear_f32(family, matrix.values, matrix.rows, matrix.cols, packed);
  ops::LinearF32Weight loaded;
  loaded.outputs = matrix.rows;
  loaded.inputs = matrix.cols;
  loaded.family = family;
  loaded.values = upload(arena_, queue_, packed);
  loaded.bias = bias_view;
  return f32_.emplace(stored, loaded).first->second;
}

const ops::LinearF16Weight& DeviceWeights::linear_f16(const std::string& weight,
                                                      const std::string& bias) {
  const auto it = f16_.find(weight);
  if (it != f16_.end()) return it->second;
  const HalfMatrix matrix = reader_.half_matrix(weight);
  ops::LinearF16Weight loaded;
  loaded.outputs = matrix.rows;
  loaded.inputs = matrix.cols;
  loaded.family = ops::linear_f16_family(queue_.facts());
  std::vector<std::uint16_t> packed(
      ops::packed_halves(loaded.family, loaded.outputs, loaded.inputs));
  ops::pack_linear_f16(loaded.family, matrix.values, loaded.outputs, loaded.inputs, packed);
  loaded.values = upload(arena_, queue_, packed);
  if (!bias.empty()) loaded.bias = vector(bias);
  return f16_.emplace(weight, loaded).first->second;
}

const ops::EmbeddingTable& DeviceWeights::table(const std::string& name) {
  const auto it = tables_.find(name);
  if (it != tables_.end()) return it->second;
  ops::EmbeddingTable loaded;
  if (reader_.quantized(name)) {
    const QuantizedMatrix matrix = reader_.quantized_matrix(name);
    loaded.values =
        Tensor(upload(arena_, queue_, matrix.codes), DType::i8, matrix.rows, matrix.cols);
    loaded.scales = Tensor(upload(arena_, queue_, matrix.scales), DType::f32, matrix.rows, 1);
  } else {
    const FloatMatrix matrix = reader_.matrix(name);
    loaded.values =
        Tensor(upload(arena_, queue_, matrix.values), DType::f32, matrix.rows, matrix.cols);
  }
  return tables_.emplace(name, loaded).first->second;
}

}  // namespace zerocl
