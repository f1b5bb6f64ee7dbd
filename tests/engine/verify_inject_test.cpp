#include <gtest/gtest.h>

#include <cstdio>

#include "engine/verify/verify_model.h"
#include "host/context.h"
#include "host/error.h"
#include "tests/engine/example_models.h"

namespace zerocl {
namespace {

// A fault in the compiled code of one operator of a model is found and the operator named.
void expect_caught(const char* model, const std::string& fault) {
  const testing::ScratchDir dir;
  const auto path = testing::quantized(dir, model, {.group_size = 64});
  const VerifyReport report = verify_model(path, {.max_tokens = 70, .inject = fault});
  const VerifyItem* item = report.first_mismatch();
  ASSERT_NE(item, nullptr) << fault << " was not caught";
  EXPECT_EQ(item->op, fault.substr(0, fault.find(':')));
}

std::string test_name(const ::testing::TestParamInfo<const char*>& fault) {
  std::string name = fault.param;
  name.replace(name.find(':'), 1, "_");
  return name;
}

class VerifyInject : public ::testing::TestWithParam<const char*> {};

TEST_P(VerifyInject, FaultIsCaughtAndNamed) {
  expect_caught("bert-sst2-5m", GetParam());
}

// Operators that decoders alone run.
class VerifyInjectDecoder : public ::testing::TestWithParam<const char*> {};

TEST_P(VerifyInjectDecoder, FaultIsCaughtAndNamed) {
  expect_caught("gpt2-novels-4m", GetParam());
}

INSTANTIATE_TEST_SUITE_P(
    Faults, VerifyInjectDecoder,
    ::testing::Values("layer_norm_quantize:element", "layer_norm_quantize:rounding",
                      "add_layer_norm_quantize:element", "add_layer_norm_quantize:scale",
                      "add_layer_norm_quantize:rounding", "add_layer_norm_quantize:order"),
    test_name);

INSTANTIATE_TEST_SUITE_P(
    Faults, VerifyInject,
    ::testing::Values("embedding:element", "linear_w8a8:element", "linear_w8a8:scale",
                      "linear_w8a8:order", "linear_f32:element", "linear_f32:order",
                      "layer_norm_f16_quantize:element", "layer_norm_f16_quantize:rounding",
                      "add_layer_norm_f16_quantize:element", "add_layer_norm_f16_quantize:scale",
                      "add_layer_norm_f16_quantize:rounding", "add_layer_norm_f16_quantize:order",
                      "add_layer_norm_f16:rounding", "add_layer_norm_f16:element",
                      "gelu_quantize:element", "gelu_quantize:scale", "gelu_quantize:rounding",
                      "quantize_tokens:element", "quantize_tokens:scale",
                      "quantize_tokens:rounding", "quantize_qkv:element", "quantize_qkv:scale",
                      "quantize_qkv:rounding", "attention_i8:element", "attention_i8:scale",
                      "attention_i8:rounding", "gather_rows:element", "tanh:element"),
    test_name);

// One integer sum an output has no order: the model's own nodes are right, and the operator's
// cases, which have groups, show that the fault is there and would be seen.
TEST(VerifyInjectOrder, OfAModelWithoutGroupsIsCaughtByTheOperatorsCases) {
  const testing::ScratchDir dir;
  const auto path = testing::quantized(dir, "bert-sst2-5m", {});
  const VerifyReport report = verify_model(path, {.max_tokens = 70, .inject = "linear_w8a8:order"});
  const VerifyItem* item = report.first_mismatch();
  ASSERT_NE(item, nullptr);
  EXPECT_EQ(item->kind, "kernel");
  EXPECT_EQ(item->op, "linear_w8a8");
}

// The case that fails fails in each variant that walks its groups through the injection, and in the
// same bits, since all walk them in the same other order. Portable kernels all do.
TEST(VerifyInjectOrder, SpoilsEveryVariantAlike) {
  const VerifyReport report = verify_kernels({.inject = "linear_w8a8:order"});
  const VerifyItem* first = report.first_mismatch();
  ASSERT_NE(first, nullptr);
  const auto context = Context::create(select_device(""));
  int variants = 0;
  for (const VerifyItem& item : report.items) {
    if (item.name != first->name) continue;
    const KernelId id{item.op, item.variant == "portable" ? "" : item.variant};
    if (!context->has_injection(id, Injection::order)) {
      std::printf("  variant %s has no such injection\n", item.variant.c_str());
      EXPECT_FALSE(item.mismatch) << item.variant;
      continue;
    }
    ++variants;
    ASSERT_TRUE(item.mismatch) << item.variant;
    EXPECT_EQ(item.mismatch->text(), first->mismatch->text()) << item.variant;
  }
  EXPECT_GE(variants, 2);
}

TEST(VerifyInjectErrors, UnknownOperatorsAndKindsAreBadUsage) {
  const testing::ScratchDir dir;
  const auto path = testing::quantized(dir, "bert-sst2-5m", {});
  for (const char* fault :
       {"nonsense:element", "linear_w8a8:nonsense", "linear_w8a8", ":", "tanh:order"}) {
    try {
      verify_model(path, {.inject = fault});
      ADD_FAILURE() << fault << " was accepted";
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::usage) << error.what();
    }
  }
}

}  // namespace
}  // namespace zerocl
