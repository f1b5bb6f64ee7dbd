#include <gtest/gtest.h>

#include "engine/verify/verify_model.h"
#include "tests/engine/example_models.h"

namespace zerocl {
namespace {

void expect_exact(const VerifyReport& report) {
  ASSERT_FALSE(report.items.empty());
  EXPECT_GT(report.values_compared, 100000);
  if (const VerifyItem* item = report.first_mismatch())
    FAIL() << item->name << " (" << item->op << ", " << item->variant
           << "): " << item->mismatch->text();
}

struct Scheme {
  const char* name;
  QuantizeOptions options;
};

class VerifyScheme : public ::testing::TestWithParam<Scheme> {};

// Both shipped models, node by node, device against reference.
TEST_P(VerifyScheme, DeviceAndReferenceAgreeToTheBit) {
  const testing::ScratchDir dir;
  for (const char* name : {"bert-sst2-5m", "gpt2-novels-4m"}) {
    SCOPED_TRACE(name);
    const auto path = testing::quantized(dir, name, GetParam().options);
    expect_exact(verify_model(path, {.max_tokens = 70}));
  }
}

INSTANTIATE_TEST_SUITE_P(
    Schemes, VerifyScheme,
    ::testing::Values(Scheme{"f32", {.scheme = "f32"}}, Scheme{"w8a8", {}},
                      Scheme{"w8a8_rows48", {.row_groups = 48, .embeddings = true}},
                      Scheme{"w8a8_k64_a32", {.group_size = 64, .activation_group_size = 32}},
                      Scheme{"w8a8_a128_attention_f32",
                             {.activation_group_size = 128, .attention = "f32"}}),
    [](const auto& scheme) { return scheme.param.name; });

// The output's hash is a property of model and numerics, not of device or machine: this value was
// computed on PoCL 3.1 (x86-64) and is the same on NVIDIA's OpenCL.
TEST(Verify, OutputHashIsTheSameEverywhere) {
  const testing::ScratchDir dir;
  const auto path = testing::quantized(dir, "bert-sst2-5m", {});
  const VerifyReport a = verify_model(path, {.texts = {"a gorgeous, witty, seductive movie"}});
  EXPECT_EQ(a.output_hash, "447ccd0bcfef8486");
}

}  // namespace
}  // namespace zerocl
