#include <gtest/gtest.h>

#include "tests/cli/program.h"

namespace zerocl::test {
namespace {

nlohmann::json eval(const std::filesystem::path& model, const std::string& task,
                    const std::filesystem::path& data, std::vector<std::string> more = {}) {
  more.insert(more.begin(), {"eval", model, "--task", task, "--data", data, "--json"});
  const Outcome outcome = run(more);
  EXPECT_EQ(outcome.status, 0) << testing::PrintToString(outcome);
  return outcome.json();
}

// Figures of Hugging Face transformers in float32. One sentence of SST-2's dev set is 0.00115.
TEST(Eval, Sst2OfTheShippedModel) {
  const auto data = shared("eval/glue/SST-2/alps_test.tsv");
  ZEROCL_NEED(data);
  const nlohmann::json result = eval(example("bert-sst2-5m"), "sst2", data);
  EXPECT_NEAR(result["accuracy"].get<double>(), 0.8337155963302753, 1e-9);
  EXPECT_EQ(result["examples"], 872);
}

TEST(Eval, Sst2OfMiniLm) {
  const auto data = shared("eval/glue/SST-2/alps_test.tsv"), model = shared("models/minilm-sst2");
  ZEROCL_NEED(data);
  ZEROCL_NEED(model);
  const nlohmann::json result = eval(model, "sst2", data);
  EXPECT_NEAR(result["accuracy"].get<double>(), 0.8956422018348624, 1e-9);
}

TEST(Eval, StsbOfASentenceEncoder) {
  const auto data = shared("eval/glue/STS-B/sts-dev.tsv"), model = shared("models/minilm-l6");
  ZEROCL_NEED(data);
  ZEROCL_NEED(model);
  const nlohmann::json result = eval(model, "stsb", data);
  EXPECT_NEAR(result["spearman"].get<double>(), 0.867173372466952, 1e-5);
  EXPECT_EQ(result["examples"], 1500);
  EXPECT_GT(result["pearson"].get<double>(), 0.85);
}

// Against itself a model has cosine 1; one that is quantized stays close to what it was made of.
TEST(Eval, EmbeddingsAgainstThoseOfABaseline) {
  const auto data = shared("eval/glue/STS-B/sts-dev.tsv"), model = shared("models/minilm-l6");
  ZEROCL_NEED(data);
  ZEROCL_NEED(model);
  const TemporaryDirectory directory;
  ASSERT_EQ(run({"quantize", model, "-o", directory / "w8a8"}).status, 0);
  const nlohmann::json same = eval(model, "stsb", data, {"--limit", "20", "--baseline", model});
  EXPECT_NEAR(same["mean_cosine"].get<double>(), 1, 1e-9);
  const nlohmann::json close =
      eval(directory / "w8a8", "stsb", data, {"--limit", "60", "--baseline", model});
  EXPECT_GT(close["mean_cosine"].get<double>(), 0.995);
  EXPECT_LT(close["mean_cosine"].get<double>(), 0.9999);
  EXPECT_EQ(close["examples"], 60);
  EXPECT_TRUE(close["spearman"].is_number());
}

TEST(Eval, OtherTasksHaveTheirMetrics) {
  const auto glue = shared("eval/glue");
  ZEROCL_NEED(glue);
  const auto model = example("bert-sst2-5m");  // knows nothing of these: the plumbing is tested
  EXPECT_TRUE(
      eval(model, "cola", glue / "CoLA/in_domain_dev.tsv", {"--limit", "20"})["mcc"].is_number());
  EXPECT_TRUE(eval(model, "mrpc", glue / "MRPC/msr_paraphrase_test.txt", {"--limit", "20"})["f1"]
                  .is_number());
  const nlohmann::json rte = eval(model, "rte", glue / "RTE/dev.tsv", {"--limit", "20"});
  EXPECT_TRUE(rte["accuracy"].is_number());
  EXPECT_EQ(rte["examples"], 20);
}

TEST(Eval, AModelWithoutTheHeadIsBadUsage) {
  const TemporaryDirectory directory;
  write_bytes(directory / "sst2.tsv", "sentence\tlabel\ngood\t1\n");
  write_bytes(directory / "stsb.tsv", "g\tf\t2012\t1\t3.5\tA man.\tA boy.\n");
  EXPECT_EQ(
      run({"eval", example("gpt2-novels-4m"), "--task", "sst2", "--data", directory / "sst2.tsv"})
          .status,
      2);
  EXPECT_EQ(
      run({"eval", example("bert-sst2-5m"), "--task", "stsb", "--data", directory / "stsb.tsv"})
          .status,
      2);
  // Nothing to compare embeddings with: a classifier's task.
  EXPECT_EQ(run({"eval", example("bert-sst2-5m"), "--task", "sst2", "--data",
                 directory / "sst2.tsv", "--baseline", example("bert-sst2-5m")})
                .status,
            2);
}

}  // namespace
}  // namespace zerocl::test
