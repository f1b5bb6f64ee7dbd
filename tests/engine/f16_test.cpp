// Scheme f16: whole models, and what it refuses.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdio>

#include "engine/checkpoint/half.h"
#include "engine/models/weights.h"
#include "engine/verify/verify_model.h"
#include "host/error.h"
#include "tests/engine/example_models.h"

namespace zerocl {
namespace {

const QuantizeOptions kF16{.scheme = "f16"};

// Scores, computed by `scheme`, of texts of several lengths.
std::vector<Matrix> scores(const std::filesystem::path& model) {
  Session session(Model::open(model));
  std::vector<TokenSequence> texts;
  for (const int length : {1, 7, 64, 65, 200}) {
    TokenSequence text;
    for (int i = 0; i < length; ++i) text.ids.push_back((31 * i + 7 * length) % 8192);
    texts.push_back(std::move(text));
  }
  return session.forward(texts);
}

TEST(SchemeF16, DeviceAndReferenceAgreeToTheBit) {
  const testing::ScratchDir dir;
  const auto path = testing::quantized(dir, "bert-sst2-5m", kF16);
  const VerifyReport report = verify_model(path, {.max_tokens = 70});
  EXPECT_GT(report.values_compared, 100000);
  if (const VerifyItem* item = report.first_mismatch())
    FAIL() << item->name << " (" << item->op << "): " << item->mismatch->text();
}

// Four layers, about nine roundings to f16 each in a row's way, of values around 1: 2^-11 apiece
// would make 0.02 if all pointed the same way; the example's scores stay within a twentieth of it.
TEST(SchemeF16, ScoresAreNearThoseOfF32) {
  const testing::ScratchDir dir;
  const std::vector<Matrix> want = scores(testing::example("bert-sst2-5m"));
  const std::vector<Matrix> got = scores(testing::quantized(dir, "bert-sst2-5m", kF16));
  ASSERT_EQ(want.size(), got.size());
  double worst = 0;
  for (std::size_t s = 0; s < want.size(); ++s)
    for (std::size_t i = 0; i < want[s].values.size(); ++i)
      worst = std::max(worst, std::abs(double{want[s].values[i]} - got[s].values[i]));
  std::printf("  largest difference of a score: %.2g (bound 0.02)\n", worst);
  EXPECT_GT(worst, 0);
  EXPECT_LE(worst, 0.02);
}

TEST(SchemeF16, StoresLayersInF16AndTheRestAsItWas) {
  const testing::ScratchDir dir;
  const auto model = Model::open(testing::quantized(dir, "bert-sst2-5m", kF16));
  const auto original = Model::open(testing::example("bert-sst2-5m"));
  EXPECT_EQ(model->scheme(), "f16");
  EXPECT_EQ(model->quantization().attention, "f16");
  EXPECT_TRUE(model->quantization().modules.empty());
  const std::string name = "layer.2.attention.qkv.weight";
  const HalfMatrix half = WeightReader(*model).half_matrix(name);
  const FloatMatrix floats = WeightReader(*original).matrix(name);
  ASSERT_EQ(half.values.size(), floats.values.size());
  for (std::size_t i = 0; i < half.values.size(); ++i)
    ASSERT_EQ(half.values[i], f32_to_f16(floats.values[i])) << i;
  EXPECT_EQ(WeightReader(*model).matrix("head.classifier.weight").values,
            WeightReader(*original).matrix("head.classifier.weight").values);
}

TEST(SchemeF16, RefusesDecodersAndOptionsOfCodes) {
  const testing::ScratchDir dir;
  const auto refused = [&](const char* model, const QuantizeOptions& options, const char* part) {
    try {
      quantize_model(testing::example(model), dir.path() / "q", options);
      ADD_FAILURE() << "no Error for " << part;
    } catch (const Error& error) {
      EXPECT_NE(std::string(error.what()).find(part), std::string::npos) << error.what();
    }
  };
  refused("gpt2-novels-4m", kF16, "encoders");
  refused("bert-sst2-5m", {.scheme = "f16", .group_size = 64}, "quantizes nothing");
  refused("bert-sst2-5m", {.scheme = "f16", .embeddings = true}, "quantizes nothing");
}

class SchemeF16Inject : public ::testing::TestWithParam<const char*> {};

// A fault in the compiled code of one operator is found and the operator named.
TEST_P(SchemeF16Inject, FaultIsCaughtAndNamed) {
  const std::string fault = GetParam();
  const testing::ScratchDir dir;
  const auto path = testing::quantized(dir, "bert-sst2-5m", kF16);
  const VerifyReport report = verify_model(path, {.max_tokens = 70, .inject = fault});
  const VerifyItem* item = report.first_mismatch();
  ASSERT_NE(item, nullptr) << fault << " was not caught";
  EXPECT_EQ(item->op, fault.substr(0, fault.find(':')));
}

INSTANTIATE_TEST_SUITE_P(Faults, SchemeF16Inject,
                         ::testing::Values("linear_f16_n16f25:element", "linear_f16_n16f25:order",
                                           "linear_f16_n16f25:rounding",
                                           "attention_f16_n16f25:element",
                                           "attention_f16_n16f25:order",
                                           "attention_f16_n16f25:rounding",
                                           "store_qkv_f16:rounding", "gelu_f16:rounding",
                                           "layer_norm_f16:order", "add_layer_norm_f16:rounding"),
                         [](const auto& fault) {
                           std::string name = fault.param;
                           name.replace(name.find(':'), 1, "_");
                           return name;
                         });

}  // namespace
}  // namespace zerocl
