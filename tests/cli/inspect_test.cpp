#include <gtest/gtest.h>

#include "tests/cli/program.h"

namespace zerocl::test {
namespace {

TEST(Inspect, ListsTensorsAndCountsParameters) {
  const Outcome outcome = run({"inspect", example("bert-sst2-5m"), "--json"});
  ASSERT_EQ(outcome.status, 0) << testing::PrintToString(outcome);
  const nlohmann::json json = outcome.json();
  EXPECT_EQ(json["scheme"], "f32");
  EXPECT_EQ(json["layers"], 4);
  std::int64_t parameters = 0;
  for (const nlohmann::json& tensor : json["tensors"]) {
    EXPECT_NE(tensor["type"], "missing") << tensor;
    parameters += tensor["shape"][0].get<std::int64_t>() * tensor["shape"][1].get<std::int64_t>();
  }
  EXPECT_EQ(json["parameters"], parameters);
}

TEST(Inspect, TablesAndGraphForPeople) {
  const std::string model = example("gpt2-novels-4m");
  const Outcome table = run({"inspect", model});
  EXPECT_EQ(table.status, 0);
  EXPECT_NE(table.out.find("layer.3.mlp.fc2.weight"), std::string::npos) << table.out;
  const Outcome graph = run({"inspect", model, "--graph"});
  EXPECT_EQ(graph.status, 0);
  EXPECT_NE(graph.out.find("layer.3.attention.qkv"), std::string::npos) << graph.out;
  EXPECT_NE(graph.out.find("linear_f32"), std::string::npos);
}

TEST(Inspect, SummarizesScales) {
  const TemporaryDirectory directory;
  ASSERT_EQ(run({"quantize", example("gpt2-novels-4m"), "-o", directory / "model", "--group-size",
                 "64", "--embeddings"})
                .status,
            0);
  const nlohmann::json json = run({"inspect", directory / "model", "--json"}).json();
  int quantized = 0;
  for (const nlohmann::json& tensor : json["tensors"]) {
    if (!tensor.contains("bits")) continue;
    ++quantized;
    EXPECT_EQ(tensor["bits"], 8);
    EXPECT_EQ(tensor["type"], "I8");
    EXPECT_GT(tensor["scales"]["least"], 0);
    EXPECT_LE(tensor["scales"]["least"], tensor["scales"]["largest"]);
    const std::int64_t groups =
        tensor["scale_per"] == "row" ? 1 : tensor["shape"][1].get<std::int64_t>() / 64;
    EXPECT_EQ(tensor["scales"]["count"], tensor["shape"][0].get<std::int64_t>() * groups) << tensor;
  }
  EXPECT_EQ(quantized, 17);  // four matrices of four layers, and the word embeddings
}

}  // namespace
}  // namespace zerocl::test
