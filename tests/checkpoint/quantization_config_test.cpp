#include "engine/checkpoint/quantization_config.h"

#include <gtest/gtest.h>

#include "engine/checkpoint/json_file.h"
#include "tests/checkpoint/expect_error.h"

namespace zerocl {
namespace {

using test::expect_error;
using WeightScale = ModuleQuantization::WeightScale;
using ActivationScale = ModuleQuantization::ActivationScale;

QuantizationConfig example() {
  QuantizationConfig config;
  config.scheme = "w4/8a8";
  config.attention = "i8";
  config.modules["embedding.word"] = {.activation_scale = ActivationScale::none};
  config.modules["layer.0.attention.qkv"] = {.weight_scale = WeightScale::row_groups,
                                             .row_groups = 48};
  config.modules["layer.0.attention.output"] = {.activation_scale = ActivationScale::k_groups,
                                                .activation_group_size = 128,
                                                .output_type = "i8"};
  config.modules["layer.0.mlp.fc1"] = {
      .weight_bits = 4, .weight_scale = WeightScale::k_groups, .group_size = 64};
  config.modules["layer.0.mlp.fc2"] = {.activation_bits = 16};
  return config;
}

JsonObject as_object(const nlohmann::json& json) {
  return JsonObject("m/config.json", json, "quantization_config");
}

TEST(QuantizationConfig, SurvivesTheRoundTripThroughText) {
  const QuantizationConfig config = example();
  const std::string text = to_json(config).dump(2);
  EXPECT_EQ(parse_quantization_config(as_object(parse_json(text, "f"))), config);
  EXPECT_EQ(to_json(parse_quantization_config(as_object(parse_json(text, "f")))).dump(2), text);
  QuantizationConfig empty;
  empty.scheme = "f32";
  EXPECT_EQ(parse_quantization_config(as_object(to_json(empty))), empty);
}

// The file format, spelled out: models on disk depend on it.
TEST(QuantizationConfig, FormIsFixed) {
  const nlohmann::json json = to_json(example());
  EXPECT_EQ(json.at("quant_method"), "zerocl");
  EXPECT_EQ(json.at("numerics_version"), 4);
  EXPECT_EQ(json.at("scheme"), "w4/8a8");
  EXPECT_EQ(json.at("attention"), "i8");
  const auto& modules = json.at("modules");
  EXPECT_EQ(modules.at("embedding.word").dump(),
            R"({"activation":"none","axis":"row","bits":8,"output":"f32"})");
  EXPECT_EQ(
      modules.at("layer.0.attention.qkv").dump(),
      R"({"activation":"token","activation_bits":8,"axis":"row_groups","bits":8,"groups":48,"output":"f32"})");
  EXPECT_EQ(
      modules.at("layer.0.attention.output").dump(),
      R"({"activation":"k_groups","activation_bits":8,"activation_group_size":128,"axis":"row","bits":8,"output":"i8"})");
  EXPECT_EQ(
      modules.at("layer.0.mlp.fc1").dump(),
      R"({"activation":"token","activation_bits":8,"axis":"k_groups","bits":4,"group_size":64,"output":"f32"})");
  EXPECT_EQ(modules.at("layer.0.mlp.fc2").at("activation_bits"), 16);
}

TEST(QuantizationConfig, RefusesToWriteWhatItWouldNotRead) {
  const auto refuse = [](const auto& change, const std::string& part) {
    QuantizationConfig config = example();
    change(config);
    expect_error([&] { to_json(config); }, {"quantization_config", part});
  };
  refuse([](auto& c) { c.scheme = "w1a1"; }, "scheme");
  refuse([](auto& c) { c.attention = "f16"; }, "attention");
  refuse([](auto& c) { c.scheme = "f16"; }, "attention");
  refuse([](auto& c) { c.scheme = c.attention = "f16"; }, "modules");
  refuse([](auto& c) { c.attention = ""; }, "attention");
  refuse([](auto& c) { c.numerics_version = 3; }, "numerics_version");
  refuse([](auto& c) { c.numerics_version = 5; }, "numerics_version");
  refuse([](auto& c) { c.modules["Bad Name"] = {}; }, "Bad Name");
  refuse([](auto& c) { c.modules["m"].weight_bits = 5; }, "m.bits");
  refuse([](auto& c) { c.modules["m"].row_groups = 4; }, "m.groups");  // but the scale is per row
  refuse([](auto& c) { c.modules["m"].group_size = 64; }, "m.group_size");  // likewise
  refuse([](auto& c) { c.modules["m"].weight_scale = WeightScale::row_groups; }, "m.groups");
  refuse([](auto& c) { c.modules["m"].weight_scale = WeightScale::k_groups; }, "m.group_size");
  refuse([](auto& c) { c.modules["m"].activation_scale = ActivationScale::k_groups; },
         "m.activation_group_size");
  refuse([](auto& c) { c.modules["m"].activation_group_size = 64; }, "m.activation_group_size");
  refuse([](auto& c) { c.modules["m"].activation_bits = 4; }, "m.activation_bits");
  refuse([](auto& c) { c.modules["m"].output_type = "f8"; }, "m.output");
  refuse(
      [](auto& c) {
        c.modules["m"] = {.activation_scale = ActivationScale::none, .activation_bits = 16};
      },
      "m.activation_bits");
}

TEST(QuantizationConfig, ErrorsNameFileAndKey) {
  nlohmann::json json = to_json(example());
  json["modules"]["layer.0.mlp.fc1"]["bits"] = 3;
  expect_error(
      [&] { parse_quantization_config(as_object(json)); },
      {"m/config.json", "\"quantization_config.modules.layer.0.mlp.fc1.bits\"", "8 or 4, found 3"});
  json = to_json(example());
  json["quant_method"] = "awq";
  expect_error([&] { parse_quantization_config(as_object(json)); },
               {"m/config.json", "quant_method", "awq"});
  json = to_json(example());
  json["numerics_version"] = 3;
  expect_error([&] { parse_quantization_config(as_object(json)); },
               {"numerics_version", "is 3", "version 4", "quantize the model again"});
  json["numerics_version"] = 5;
  expect_error([&] { parse_quantization_config(as_object(json)); },
               {"numerics_version", "is 5", "version 4", "newer"});
}

}  // namespace
}  // namespace zerocl
