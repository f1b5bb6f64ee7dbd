#include "engine/models/weights.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "engine/checkpoint/half.h"
#include "host/error.h"

namespace zerocl {
namespace {

using WeightScale = ModuleQuantization::WeightScale;

template <class T>
void append(std::vector<T>& to, const std::vector<T>& from) {
  to.insert(to.end(), from.begin(), from.end());
}

// A stored scale is a magnitude: a negative one or an infinity was not written by this program.
void check_scales(const std::vector<float>& scales, const std::string& name) {
  for (float s : scales)
    if (std::signbit(s) || std::isinf(s))
      throw Error(fmt::format("tensor \"{}\": {} is not a scale", name, s));
}

}  // namespace

std::string scale_name(const std::string& source) {
  return source + "_scale";
}

ops::WeightGrouping weight_grouping(const ModuleQuantization& module) {
  switch (module.weight_scale) {
    case WeightScale::row_groups:
      return ops::WeightGrouping::row_groups(module.row_groups);
    case WeightScale::k_groups:
      return ops::WeightGrouping::k_groups(module.group_size);
    case WeightScale::per_row:
      break;
  }
  return ops::WeightGrouping::per_row();
}

ScaleLayout scale_layout(const ModuleQuantization& module, std::int64_t rows, std::int64_t cols) {
  const ops::WeightScaleShape shape = ops::weight_scale_shape(rows, cols, weight_grouping(module));
  const bool k_groups = module.weight_scale == WeightScale::k_groups;
  return {shape.rows, shape.cols, (rows + shape.rows - 1) / shape.rows,
          k_groups ? std::min<std::int64_t>(module.group_size, cols) : cols};
}

std::vector<float> transposed(const std::vector<float>& values, std::int64_t rows,
                              std::int64_t cols) {
  std::vector<float> out(values.size());
  for (std::int64_t r = 0; r < rows; ++r)
    for (std::int64_t c = 0; c < cols; ++c)
      out[static_cast<std::size_t>(c * rows + r)] = values[static_cast<std::size_t>(r * cols + c)];
  return out;
}

WeightReader::WeightReader(const Model& model)
    : model_(model),
      table_(model.tensors()),
      checkpoint_(model.dir().checkpoint().with_prefixes({model.tensors().prefix})) {}

void WeightReader::check() const {
  const std::string where = (model_.path() / "model.safetensors").string();
  for (const TensorSpec& tensor : table_.tensors) {
    const auto count = static_cast<std::int64_t>(tensor.sources.size());
    const std::int64_t rows = tensor.rows / count;
    Shape shape = {rows, tensor.cols};
    if (tensor.role == TensorRole::vector) shape = {tensor.cols / count};
    if (tensor.transposed && !quantized(tensor.name)) shape = {tensor.cols, rows};
    for (const std::string& source : tensor.sources) {
      const StoredTensor* stored = checkpoint_.find(stored_name(source));
      if (!stored) throw Error(fmt::format("{}: tensor \"{}\" is missing", where, source));
      if (stored->shape != shape)
        throw Error(fmt::format("{}: tensor \"{}\" has shape {}; config.json implies {}", where,
                                stored->name, shape_text(stored->shape), shape_text(shape)));
    }
  }
}

const TensorSpec& WeightReader::spec(const std::string& name) const {
  const TensorSpec* found = table_.find(name);
  if (!found)
    throw Error(fmt::format("{}: the model has no tensor \"{}\"", model_.path().string(), name));
  return *found;
}

std::string WeightReader::resolve(const std::string& name) const {
  return name == "head.decoder.weight" && !has(name) ? "embedding.word.weight" : name;
}

bool WeightReader::quantized(const std::string& name) const {
  return has(name) && model_.quantization().modules.contains(spec(name).module());
}

std::int64_t WeightReader::group(const std::string& name) const {
  const TensorSpec& tensor = spec(name);
  const ModuleQuantization& module = model_.quantization().modules.at(tensor.module());
  return scale_layout(module, tensor.rows, tensor.cols).group;
}

// Old BERT checkpoints (converted from TensorFlow) call a layer norm's vectors gamma and beta.
std::string WeightReader::stored_name(const std::string& source) const {
  if (checkpoint_.has(source)) return source;
  const std::size_t dot = source.rfind('.');
  const std::string base = source.substr(0, dot + 1), last = source.substr(dot + 1);
  const std::string old = base + (last == "weight" ? "gamma" : "beta");
  return base.ends_with("LayerNorm.") && checkpoint_.has(old) ? old : source;
}

std::vector<float> WeightReader::vector(const std::string& name) const {
  const TensorSpec& tensor = spec(name);
  const auto count = static_cast<std::int64_t>(tensor.sources.size());
  std::vector<float> values;
  for (const std::string& source : tensor.sources)
    append(values, checkpoint_.read_f32(stored_name(source), {tensor.cols / count}));
  return values;
}

FloatMatrix WeightReader::matrix(const std::string& name) const {
  const TensorSpec& tensor = spec(name);
  const std::int64_t rows = tensor.rows / static_cast<std::int64_t>(tensor.sources.size());
  FloatMatrix matrix{tensor.rows, tensor.cols, {}};
  for (const std::string& source : tensor.sources)
    append(matrix.values,
           tensor.transposed
               ? transposed(checkpoint_.read_f32(source, {tensor.cols, rows}), tensor.cols, rows)
               : checkpoint_.read_f32(source, {rows, tensor.cols}));
  return matrix;
}

HalfMatrix WeightReader::half_matrix(const std::string& name) const {
  const FloatMatrix floats = matrix(name);
  HalfMatrix half{floats.rows, floats.cols, {}};
  half.values.reserve(floats.values.size());
  for (const float value : floats.values) {
    half.values.push_back(f32_to_f16(value));
    if (f16_to_f32(half.values.back()) != value && !std::isnan(value))
      throw Error(
          fmt::format("{}: tensor \"{}\": {} is no f16", model_.path().string(), name, value));
  }
  return half;
}

QuantizedMatrix WeightReader::quantized_matrix(const std::string& name) const {
  const TensorSpec& tensor = spec(name);
  const ModuleQuantization& module = model_.quantization().modules.at(tensor.module());
  if (module.weight_bits != 8)
    throw Error(fmt::format("{}: module \"{}\" has {}-bit weights, which this version cannot run",
                            model_.path().string(), tensor.module(), module.weight_bits));
  const std::int64_t rows = tensor.rows / static_cast<std::int64_t>(tensor.sources.size());
  const ScaleLayout layout = scale_layout(module, rows, tensor.cols);
  QuantizedMatrix matrix{tensor.rows, tensor.cols, layout.group, {}, {}};
  for (const std::string& source : tensor.sources) {
    append(matrix.codes, checkpoint_.read_i8(source, {rows, tensor.cols}));
    const std::string scales_of = scale_name(source);
    const std::vector<float> scales = checkpoint_.read_f32(scales_of, {layout.rows, layout.cols});
    check_scales(scales, scales_of);
    for (std::int64_t r = 0; r < rows; ++r) {
      const auto first = scales.begin() + static_cast<std::ptrdiff_t>(layout.index(r, 0));
      matrix.scales.insert(matrix.scales.end(), first, first + layout.cols);
    }
  }
  return matrix;
}

}  // namespace zerocl
