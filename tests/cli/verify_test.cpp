#include <gtest/gtest.h>

#include "tests/cli/program.h"

namespace zerocl::test {
namespace {

// A quantized copy of the shipped classifier, made once.
class Verify : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    directory_ = new TemporaryDirectory;
    const Outcome outcome = run({"quantize", example("bert-sst2-5m"), "-o", model()});
    ASSERT_EQ(outcome.status, 0) << testing::PrintToString(outcome);
  }
  static void TearDownTestSuite() {
    delete directory_;
    directory_ = nullptr;
  }
  static std::string model() { return *directory_ / "w8a8"; }

 private:
  static inline TemporaryDirectory* directory_ = nullptr;
};

TEST_F(Verify, TheDeviceGivesTheReferencesBits) {
  const Outcome outcome =
      run({"verify", model(), "--text", "a gorgeous, witty, seductive movie", "--json"});
  ASSERT_EQ(outcome.status, 0) << testing::PrintToString(outcome);
  const nlohmann::json report = outcome.json();
  EXPECT_EQ(report["ok"], true);
  EXPECT_GT(report["values_compared"], 100000);
  EXPECT_FALSE(report["output_hash"].get<std::string>().empty());
  EXPECT_EQ(report["items"].size(), report["comparisons"]);
  std::set<std::string> kinds;
  for (const nlohmann::json& item : report["items"]) kinds.insert(item["kind"]);
  EXPECT_TRUE(kinds.contains("node"));
  EXPECT_TRUE(kinds.contains("kernel"));
}

TEST_F(Verify, AnInjectedFaultIsFoundAndItsOperatorNamed) {
  for (const char* inject :
       {"linear_w8a8:element", "linear_w8a8:scale", "add_layer_norm_f16_quantize:order",
        "add_layer_norm_f16_quantize:rounding"}) {
    const Outcome outcome = run({"verify", model(), "--inject", inject, "--json"});
    ASSERT_EQ(outcome.status, 4) << inject << testing::PrintToString(outcome);
    const nlohmann::json report = outcome.json();
    EXPECT_EQ(report["caught"], true);
    EXPECT_EQ(report["caught_by"], "node");
    const nlohmann::json& first = report["first_mismatch"];
    EXPECT_EQ(first["operator"], std::string(inject).substr(0, std::string(inject).find(':')));
    EXPECT_FALSE(first["variant"].get<std::string>().empty());
    EXPECT_TRUE(first["mismatch"]["expected"].get<std::string>().starts_with("0x"));
    EXPECT_NE(first["mismatch"]["expected"], first["mismatch"]["actual"]);
  }
}

// This model has one integer sum an output, so that their order changes none of its values.
TEST_F(Verify, AFaultThatTheModelHidesIsFoundInTheOperatorsCases) {
  const Outcome outcome = run({"verify", model(), "--inject", "linear_w8a8:order"});
  ASSERT_EQ(outcome.status, 4) << testing::PrintToString(outcome);
  EXPECT_NE(outcome.out.find("by the operator's own cases"), std::string::npos) << outcome.out;
}

TEST_F(Verify, TextNamesTheFirstDifference) {
  const Outcome outcome = run({"verify", model(), "--inject", "attention_i8:element"});
  EXPECT_EQ(outcome.status, 4) << testing::PrintToString(outcome);
  EXPECT_NE(outcome.out.find("MISMATCH"), std::string::npos) << outcome.out;
  EXPECT_NE(outcome.out.find("operator attention_i8"), std::string::npos) << outcome.out;
}

TEST(VerifyKernels, OfOneInjectedOperator) {
  const Outcome outcome =
      run({"verify", "--kernels", "--inject", "quantize_tokens:rounding", "--json"});
  ASSERT_EQ(outcome.status, 4) << testing::PrintToString(outcome);
  EXPECT_EQ(outcome.json()["first_mismatch"]["operator"], "quantize_tokens");
}

}  // namespace
}  // namespace zerocl::test
