#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "cl_kernels/abi/numerics.h"  // NUMERICS_VERSION
#include "engine/checkpoint/json_object.h"

namespace zerocl {

// The version of reference/NUMERICS.md that this program computes by.
inline constexpr int kNumericsVersion = NUMERICS_VERSION;

// How one module's weights are stored and its inputs quantized: the record that config.json keeps
// for it, so that a scheme is data and not code (W8A8, weight-only, HERO's switches, mixed bits).
struct ModuleQuantization {
  // Which weights of [N, K] share a scale: a row; a run of rows (ZeroQuant's groups); a run of
  // group_size inputs within a row.
  enum class WeightScale { per_row, row_groups, k_groups };
  // Which inputs of a token share a scale: all; a run of activation_group_size; none: the inputs
  // stay as they are (an embedding looks up, a weight-only scheme multiplies floats).
  enum class ActivationScale { token, k_groups, none };

  int weight_bits = 8;  // 8 or 4
  WeightScale weight_scale = WeightScale::per_row;
  int row_groups = 0;  // row_groups: how many; else 0
  int group_size = 0;  // k_groups: inputs per group, a multiple of 16; else 0
  ActivationScale activation_scale = ActivationScale::token;
  int activation_group_size = 0;    // k_groups: as group_size; else 0
  std::string output_type = "f32";  // of the module's result: f32, f16, i16 or i8
  int activation_bits = 8;          // 8 or 16; 8 where activation_scale is none

  bool operator==(const ModuleQuantization&) const = default;
};

// config.json's "quantization_config". Modules that are not named keep their floats.
struct QuantizationConfig {
  int numerics_version = kNumericsVersion;
  std::string scheme;  // as given to `zerocl quantize`: "w8a8", "w4/8a16", "hero-m2", ...
  // "i8" or "f32": the arithmetic of attention's products. "f16", with scheme "f16" alone: the
  // layers run in f16, their matrices are stored in it, and no module is named.
  std::string attention = "f32";
  std::map<std::string, ModuleQuantization> modules;  // by name: "layer.0.attention.qkv"

  bool operator==(const QuantizationConfig&) const = default;
};

// The JSON form; throws Error where parse_quantization_config would refuse it.
nlohmann::json to_json(const QuantizationConfig& config);

// Reads the JSON form strictly: a key that is missing, unknown or contradicts another is an Error
// naming file and key, and so is another quant_method or numerics_version.
QuantizationConfig parse_quantization_config(const JsonObject& object);

}  // namespace zerocl
