#include "engine/quantize/quantize_plan.h"

#include <fmt/format.h>

#include "engine/models/weights.h"
#include "host/error.h"

namespace zerocl {
namespace {

constexpr std::int64_t kGroupStep = 16;  // NUMERICS.md 3.5

void check_group(std::int64_t size, const char* option) {
  if (size < 0 || size % kGroupStep != 0)
    throw Error(fmt::format("{} {}: must be a multiple of {}", option, size, kGroupStep),
                ErrorKind::usage);
}

void check_options(const QuantizeOptions& options) {
  if (options.scheme != "w8a8" && options.scheme != "f16" && options.scheme != "f32")
    throw Error(fmt::format("scheme \"{}\" is not supported by this version; supported are w8a8, "
                            "f16 and f32",
                            options.scheme),
                ErrorKind::usage);
  if (options.attention != "i8" && options.attention != "f32")
    throw Error(fmt::format("--attention {}: must be i8 or f32", options.attention),
                ErrorKind::usage);
  if (options.row_groups < 0 || options.row_groups > (1 << 24))
    throw Error(fmt::format("--groups {}: out of range", options.row_groups), ErrorKind::usage);
  if (options.row_groups > 0 && options.group_size > 0)
    throw Error("--groups (of rows) and --group-size (along K) exclude each other",
                ErrorKind::usage);
  check_group(options.group_size, "--group-size");
  check_group(options.activation_group_size, "--act-group-size");
  const std::int64_t w = options.group_size, a = options.activation_group_size;
  if (w > 0 && a > 0 && w % a != 0 && a % w != 0)
    throw Error(
        fmt::format("--group-size {} and --act-group-size {}: one must divide the other", w, a),
        ErrorKind::usage);
  if (options.scheme != "w8a8" && (options.row_groups > 0 || w > 0 || a > 0 || options.embeddings))
    throw Error(fmt::format("scheme {} quantizes nothing: it takes no group or embedding options",
                            options.scheme),
                ErrorKind::usage);
}

// What build_graph would refuse, before anything is written.
void check_f16(const Model& model) {
  if (!model.config().causal() && model.config().activation != Activation::relu) return;
  throw Error(fmt::format("{}: scheme f16 runs encoders with gelu alone", model.path().string()),
              ErrorKind::usage);
}

ModuleQuantization linear_record(const QuantizeOptions& options) {
  ModuleQuantization record;
  if (options.row_groups > 0) {
    record.weight_scale = ModuleQuantization::WeightScale::row_groups;
    record.row_groups = static_cast<int>(options.row_groups);
  } else if (options.group_size > 0) {
    record.weight_scale = ModuleQuantization::WeightScale::k_groups;
    record.group_size = static_cast<int>(options.group_size);
  }
  if (options.activation_group_size > 0) {
    record.activation_scale = ModuleQuantization::ActivationScale::k_groups;
    record.activation_group_size = static_cast<int>(options.activation_group_size);
  }
  return record;
}

// The linear modules of the layers; heads and small tables stay in float (ZeroQuant, section 5).
// Scheme f16 rounds the same ones.
bool is_quantized(const TensorSpec& tensor, const QuantizeOptions& options) {
  if (tensor.role == TensorRole::word_table) return options.embeddings;
  return tensor.role == TensorRole::linear_weight && tensor.name.starts_with("layer.");
}

}  // namespace

const QuantizedSource* QuantizePlan::find(const std::string& stored) const {
  for (const QuantizedSource& source : sources)
    if (source.stored == stored) return &source;
  return nullptr;
}

QuantizePlan plan_quantization(const Model& model, const QuantizeOptions& options) {
  check_options(options);
  if (model.dir().quantization())
    throw Error(
        fmt::format("{}: is quantized already (scheme {})", model.path().string(), model.scheme()),
        ErrorKind::usage);
  QuantizePlan plan;
  plan.config.scheme = options.scheme;
  plan.config.attention = options.scheme == "w8a8" ? options.attention : options.scheme;
  if (options.scheme == "f16") check_f16(model);
  if (options.scheme == "f32") return plan;

  const Checkpoint checkpoint = model.dir().checkpoint({model.tensors().prefix});
  for (const TensorSpec& tensor : model.tensors().tensors) {
    if (!is_quantized(tensor, options)) continue;
    ModuleQuantization record;  // tables: INT8 per row, nothing to multiply
    record.activation_scale = ModuleQuantization::ActivationScale::none;
    if (tensor.role == TensorRole::linear_weight) record = linear_record(options);
    const bool half = options.scheme == "f16";
    if (!half) plan.config.modules[tensor.module()] = record;
    const std::int64_t rows = tensor.rows / static_cast<std::int64_t>(tensor.sources.size());
    for (const std::string& source : tensor.sources) {
      const StoredTensor* stored = checkpoint.find(source);
      if (!stored)
        throw Error(fmt::format("{}: tensor \"{}\" is missing", model.path().string(), source));
      plan.sources.push_back(
          {tensor.module(), stored->name, rows, tensor.cols, tensor.transposed, half, record});
    }
  }
  return plan;
}

}  // namespace zerocl
