#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "engine/models/weights.h"
#include "host/error.h"
#include "tests/engine/example_models.h"

namespace zerocl {
namespace {

using test::read_bytes;

TEST(Quantize, TheSameInputAndOptionsGiveTheSameBytes) {
  const testing::ScratchDir a, b;
  const QuantizeOptions options{.row_groups = 48, .embeddings = true};
  const auto first = testing::quantized(a, "gpt2-novels-4m", options);
  const auto second = testing::quantized(b, "gpt2-novels-4m", options);
  for (const char* file : {"model.safetensors", "config.json", "vocab.json", "merges.txt"})
    EXPECT_EQ(read_bytes(first / file), read_bytes(second / file)) << file;
}

// Row groups are runs of ceil(N / groups) outputs, also of GPT-2's transposed matrices.
TEST(Quantize, RowGroupsShareTheScaleOfTheirAbsmax) {
  const testing::ScratchDir dir;
  const auto path = testing::quantized(dir, "gpt2-novels-4m", {.row_groups = 10});
  const auto original = Model::open(testing::example("gpt2-novels-4m"));
  const auto model = Model::open(path);
  const FloatMatrix w = WeightReader(*original).matrix("layer.1.mlp.fc1.weight");
  const QuantizedMatrix q = WeightReader(*model).quantized_matrix("layer.1.mlp.fc1.weight");
  ASSERT_EQ(w.rows, 1024);
  const std::int64_t run = 103;  // ceil(1024 / 10)
  for (std::int64_t r = 0; r < w.rows; ++r) {
    float absmax = 0;
    const std::int64_t first = r / run * run, last = std::min(first + run, w.rows);
    for (std::int64_t i = first * w.cols; i < last * w.cols; ++i)
      absmax = std::max(absmax, std::abs(w.values[static_cast<std::size_t>(i)]));
    EXPECT_EQ(q.scales[static_cast<std::size_t>(r)], absmax * (1.0F / 127.0F)) << r;
  }
  for (std::size_t i = 0; i < q.codes.size(); ++i) {
    const double scale = q.scales[i / static_cast<std::size_t>(w.cols)];
    EXPECT_LE(std::abs(w.values[i] - scale * q.codes[i]), scale * 0.50001) << i;
  }
}

TEST(Quantize, GroupsAlongInputsLoseLessThanOneScaleARow) {
  const testing::ScratchDir a, b;
  const auto rows = quantize_model(testing::example("bert-sst2-5m"), a.path() / "q", {});
  const auto groups =
      quantize_model(testing::example("bert-sst2-5m"), b.path() / "q", {.group_size = 32});
  ASSERT_EQ(rows.modules.size(), 16U);
  for (std::size_t i = 0; i < rows.modules.size(); ++i) {
    EXPECT_GT(rows.modules[i].sqnr_db, 35.0) << rows.modules[i].module;
    EXPECT_GT(groups.modules[i].sqnr_db, rows.modules[i].sqnr_db) << rows.modules[i].module;
  }
  EXPECT_LT(rows.bytes_after, rows.bytes_before);
}

TEST(Quantize, RefusesWhatContradictsItself) {
  const testing::ScratchDir dir;
  const auto refuses = [&](const QuantizeOptions& options, const char* name) {
    try {
      quantize_model(testing::example(name), dir.path() / "out", options);
      return false;
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::usage) << error.what();
      return !std::filesystem::exists(dir.path() / "out");
    }
  };
  EXPECT_TRUE(refuses({.scheme = "w3a3"}, "bert-sst2-5m"));
  EXPECT_TRUE(refuses({.row_groups = 4, .group_size = 32}, "bert-sst2-5m"));
  EXPECT_TRUE(refuses({.group_size = 40}, "bert-sst2-5m"));
  EXPECT_TRUE(refuses({.group_size = 48, .activation_group_size = 32}, "bert-sst2-5m"));
  EXPECT_TRUE(refuses({.scheme = "f32", .row_groups = 4}, "bert-sst2-5m"));
  EXPECT_TRUE(refuses({.attention = "f16"}, "bert-sst2-5m"));
}

TEST(Quantize, AQuantizedModelIsNotQuantizedAgain) {
  const testing::ScratchDir dir;
  const auto once = testing::quantized(dir, "bert-sst2-5m", {});
  EXPECT_THROW(quantize_model(once, dir.path() / "twice", {}), Error);
  EXPECT_FALSE(std::filesystem::exists(dir.path() / "twice"));
}

}  // namespace
}  // namespace zerocl
