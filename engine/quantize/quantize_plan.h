#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "engine/checkpoint/quantization_config.h"
#include "engine/models/model.h"
#include "engine/quantize/quantize_model.h"

namespace zerocl {

// One stored tensor that becomes codes and scales, or f16.
struct QuantizedSource {
  std::string module;     // "layer.0.attention.qkv"
  std::string stored;     // name in the checkpoint, prefix included
  std::int64_t rows = 0;  // N of this source
  std::int64_t cols = 0;  // K
  bool transposed = false;
  bool half = false;  // f16, in the shape that is stored
  ModuleQuantization record;
};

// What a scheme does to a model: the records for config.json and the tensors that change; every
// other tensor is copied as it is stored.
struct QuantizePlan {
  QuantizationConfig config;
  std::vector<QuantizedSource> sources;
  const QuantizedSource* find(const std::string& stored) const;
};

// Throws Error (usage) for an unknown scheme or options that exclude each other, and for a model
// that is quantized already.
QuantizePlan plan_quantization(const Model& model, const QuantizeOptions& options);

}  // namespace zerocl
