#include "host/log.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace zerocl {
namespace {

class LogTest : public testing::Test {
 protected:
  void TearDown() override {
    set_log_callback({});
    set_log_level(before_);
  }

 private:
  LogLevel before_ = log_level();
};

TEST_F(LogTest, CallbackGetsWhatTheLevelLetsPass) {
  std::vector<std::pair<LogLevel, std::string>> seen;
  set_log_callback([&](LogLevel level, std::string_view text) { seen.emplace_back(level, text); });
  set_log_level(LogLevel::warning);
  log_info("not shown");
  log_warning("careful");
  log_error("broken {} %s");
  ASSERT_EQ(seen.size(), 2u);
  EXPECT_EQ(seen[0], std::pair(LogLevel::warning, std::string("careful")));
  EXPECT_EQ(seen[1], std::pair(LogLevel::error, std::string("broken {} %s")));
}

TEST_F(LogTest, OffShowsNothing) {
  int count = 0;
  set_log_callback([&](LogLevel, std::string_view) { ++count; });
  set_log_level(LogLevel::off);
  log_error("not shown");
  log_message(LogLevel::off, "nor this");
  EXPECT_EQ(count, 0);
  EXPECT_FALSE(log_enabled(LogLevel::error));
}

TEST_F(LogTest, GoesToStderrAndNeverToStdout) {
  set_log_level(LogLevel::info);
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  log_info("loaded {model} in 1 s");
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "zerocl: info: loaded {model} in 1 s\n");
  EXPECT_EQ(testing::internal::GetCapturedStdout(), "");
}

TEST_F(LogTest, CallbackMayReplaceItself) {
  std::string last;
  set_log_level(LogLevel::info);
  set_log_callback([&](LogLevel, std::string_view) {
    set_log_callback([&](LogLevel, std::string_view text) { last = text; });
    log_info("from inside");
  });
  log_info("outer");
  EXPECT_EQ(last, "from inside");
}

}  // namespace
}  // namespace zerocl
