#include "engine/checkpoint/quantization_config.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "engine/checkpoint/printable.h"
#include "host/error.h"

namespace zerocl {
namespace {

using WeightScale = ModuleQuantization::WeightScale;
using ActivationScale = ModuleQuantization::ActivationScale;

constexpr const char* kMethod = "zerocl";
constexpr int kGroupStep = 16;      // NUMERICS.md 3.5
constexpr int kMaxInputs = 131072;  // NUMERICS.md 4: no group is longer than K
constexpr int kMaxRowGroups = 1 << 24;
constexpr std::size_t kMaxModules = 65536;
constexpr std::size_t kMaxModuleName = 256;

// In the order of the enumerations.
const std::vector<std::string> kWeightScales = {"row", "row_groups", "k_groups"};
const std::vector<std::string> kActivationScales = {"token", "k_groups", "none"};
const std::vector<std::string> kOutputTypes = {"f32", "f16", "i16", "i8"};
const std::vector<std::string> kAttentions = {"i8", "f32", "f16"};
const std::vector<std::string> kSchemes = {"w8a8",    "w4a8",    "w4/8a8",  "w8a16",
                                           "w4a16",   "w4/8a16", "hero-m1", "hero-m2",
                                           "hero-m3", "f16",     "f32"};

int index_of(const std::vector<std::string>& words, const std::string& word) {
  return static_cast<int>(std::find(words.begin(), words.end(), word) - words.begin());
}

bool is_module_name(const std::string& name) {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '.';
  };
  return !name.empty() && name.size() <= kMaxModuleName && name.front() != '.' &&
         name.back() != '.' && std::all_of(name.begin(), name.end(), allowed);
}

int parse_one_of(const JsonObject& object, const char* key, int first, int second) {
  const auto value = object.get<int>(key);
  if (value != first && value != second) {
    object.fail(key, fmt::format("must be {} or {}, found {}", first, second, value));
  }
  return value;
}

int parse_group_size(const JsonObject& object, const char* key) {
  const auto value = static_cast<int>(object.get_int(key, kGroupStep, kMaxInputs));
  if (value % kGroupStep != 0) {
    object.fail(key, fmt::format("must be a multiple of {}, found {}", kGroupStep, value));
  }
  return value;
}

ModuleQuantization parse_module(const JsonObject& object) {
  ModuleQuantization module;
  module.weight_bits = parse_one_of(object, "bits", 8, 4);
  module.weight_scale =
      static_cast<WeightScale>(index_of(kWeightScales, object.get_choice("axis", kWeightScales)));
  if (module.weight_scale == WeightScale::row_groups) {
    module.row_groups = static_cast<int>(object.get_int("groups", 1, kMaxRowGroups));
  } else if (module.weight_scale == WeightScale::k_groups) {
    module.group_size = parse_group_size(object, "group_size");
  }
  module.activation_scale = static_cast<ActivationScale>(
      index_of(kActivationScales, object.get_choice("activation", kActivationScales)));
  if (module.activation_scale != ActivationScale::none) {
    module.activation_bits = parse_one_of(object, "activation_bits", 8, 16);
  }
  if (module.activation_scale == ActivationScale::k_groups) {
    module.activation_group_size = parse_group_size(object, "activation_group_size");
  }
  module.output_type = object.get_choice("output", kOutputTypes);
  object.refuse_unread_keys();  // among them keys that belong to another axis or granularity
  return module;
}

nlohmann::json module_json(const ModuleQuantization& module) {
  nlohmann::json out = {
      {"bits", module.weight_bits},
      {"axis", kWeightScales.at(static_cast<std::size_t>(module.weight_scale))},
      {"activation", kActivationScales.at(static_cast<std::size_t>(module.activation_scale))},
      {"output", module.output_type},
  };
  // Numbers that mean nothing here must be at their defaults, or reading back would lose them; they
  // are written only where they differ, so that the reader's rules refuse them.
  const ModuleQuantization defaults;
  const auto put = [&out](const char* key, int value, bool belongs, int unset) {
    if (belongs || value != unset) out[key] = value;
  };
  put("groups", module.row_groups, module.weight_scale == WeightScale::row_groups,
      defaults.row_groups);
  put("group_size", module.group_size, module.weight_scale == WeightScale::k_groups,
      defaults.group_size);
  put("activation_bits", module.activation_bits, module.activation_scale != ActivationScale::none,
      defaults.activation_bits);
  put("activation_group_size", module.activation_group_size,
      module.activation_scale == ActivationScale::k_groups, defaults.activation_group_size);
  return out;
}

}  // namespace

QuantizationConfig parse_quantization_config(const JsonObject& object) {
  const auto method = object.get<std::string>("quant_method");
  if (method != kMethod) {
    object.fail("quant_method",
                fmt::format("is \"{}\"; only models in floats or quantized by zerocl can be read",
                            printable(method, 40)));
  }
  QuantizationConfig config;
  config.numerics_version = static_cast<int>(object.get_int("numerics_version", 1, 1 << 30));
  if (config.numerics_version != kNumericsVersion) {
    object.fail(
        "numerics_version",
        fmt::format("is {}; this program computes by version {} and would give other bits: {}",
                    config.numerics_version, kNumericsVersion,
                    config.numerics_version < kNumericsVersion
                        ? "quantize the model again from its original"
                        : "use a newer program, or quantize the model again from its original"));
  }
  config.scheme = object.get_choice("scheme", kSchemes);
  config.attention = object.get_choice("attention", kAttentions);
  if ((config.attention == "f16") != (config.scheme == "f16"))
    object.fail("attention", "and scheme must both be f16, or neither");
  const JsonObject modules = object.object("modules");
  const auto names = modules.keys();
  if (names.size() > kMaxModules) {
    object.fail("modules",
                fmt::format("names {} modules, more than {}", names.size(), kMaxModules));
  }
  for (const std::string& name : names) {
    if (!is_module_name(name)) {
      modules.fail(name, "is no module name (small letters, digits, '_' and '.' inside)");
    }
    config.modules.emplace(name, parse_module(modules.object(name)));
  }
  if (config.scheme == "f16" && !config.modules.empty())
    object.fail("modules", "must be empty where the scheme is f16");
  object.refuse_unread_keys();
  return config;
}

nlohmann::json to_json(const QuantizationConfig& config) {
  nlohmann::json modules = nlohmann::json::object();
  for (const auto& [name, module] : config.modules) modules[name] = module_json(module);
  nlohmann::json out = {
      {"quant_method", kMethod},       {"numerics_version", config.numerics_version},
      {"scheme", config.scheme},       {"attention", config.attention},
      {"modules", std::move(modules)},
  };
  // One set of rules, the reader's: what is written can be read, and means the same.
  if (parse_quantization_config(JsonObject("quantization_config", out)) != config) {
    throw Error("quantization_config: does not survive being written and read back");
  }
  return out;
}

}  // namespace zerocl
