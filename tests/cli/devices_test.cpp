#include <gtest/gtest.h>

#include <map>
#include <set>

#include "tests/cli/program.h"

namespace zerocl::test {
namespace {

TEST(Devices, EveryOperatorHasOneChosenVariantAndReasonsForTheOthers) {
  const Outcome outcome = run({"devices", "--json"});
  ASSERT_EQ(outcome.status, 0) << testing::PrintToString(outcome);
  const nlohmann::json json = outcome.json();
  ASSERT_FALSE(json["devices"].empty());
  EXPECT_TRUE(json["default"].is_number_unsigned());
  for (const nlohmann::json& device : json["devices"]) {
    EXPECT_FALSE(device["name"].get<std::string>().empty());
    std::map<std::string, int> chosen;
    for (const nlohmann::json& variant : device["variants"]) {
      chosen[variant["operator"]] += variant["chosen"] == true ? 1 : 0;
      EXPECT_TRUE(variant["chosen"] == true || variant.contains("refusal")) << variant;
    }
    EXPECT_GE(chosen.size(), 20u);
    for (const auto& [op, count] : chosen) EXPECT_EQ(count, 1) << op;
  }
}

TEST(Devices, TextNamesTheDefault) {
  const Outcome outcome = run({"devices"});
  EXPECT_EQ(outcome.status, 0);
  EXPECT_NE(outcome.out.find("(default)"), std::string::npos);
  EXPECT_NE(outcome.out.find("linear_w8a8"), std::string::npos);
  const Outcome summary = run({"devices", "--summary"});
  EXPECT_EQ(summary.status, 0);
  EXPECT_NE(outcome.out.find(summary.out.substr(0, summary.out.find('\n'))), std::string::npos);
}

}  // namespace
}  // namespace zerocl::test
