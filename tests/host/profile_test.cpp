#include "host/profile.h"

#include <nlohmann/json.hpp>

#include "host/queue.h"
#include "tests/host/device_fixture.h"

namespace zerocl {
namespace {

using ProfileTest = DeviceFixture;

TEST_F(ProfileTest, CountsAndTimesLaunchesByKernelAndNode) {
  if (!device_.facts.profiling_queue) GTEST_SKIP() << "the device cannot time its kernels";
  Queue queue(context_, true);
  const Buffer x(*context_, 256);
  const Buffer y(*context_, 256);
  queue.fill(x, 1);
  for (int i = 0; i < 3; ++i) {
    queue.set_label("layer." + std::to_string(i));
    queue.launch({"affine", ""}, {64}, {1}, {x, y}, affine_args{64, 3, 5});
  }
  queue.set_label("a \"quoted\" \\ node\n");
  queue.launch({"affine", "twice"}, {64}, {1}, {x, y}, affine_args{64, 3, 5});
  EXPECT_EQ(queue.profile().pending(), 4u);
  queue.finish();
  Profile& profile = queue.profile();
  EXPECT_EQ(profile.pending(), 0u);
  ASSERT_EQ(profile.totals().size(), 2u);
  EXPECT_EQ(profile.totals().at("affine").count, 3u);
  EXPECT_EQ(profile.totals().at("affine_twice").count, 1u);
  EXPECT_GT(profile.totals().at("affine").device_ns, 0u);
  ASSERT_EQ(profile.trace().size(), 4u);
  EXPECT_EQ(profile.trace()[1].kernel, "affine");
  EXPECT_EQ(profile.trace()[1].label, "layer.1");
  EXPECT_GE(profile.trace()[2].start_ns, profile.trace()[1].end_ns) << "in-order";

  const auto json = nlohmann::json::parse(profile.chrome_trace("device X"));
  const auto& events = json.at("traceEvents");
  ASSERT_EQ(events.size(), 5u);
  EXPECT_EQ(events[0].at("args").at("name"), "device X");
  EXPECT_EQ(events[1].at("name"), "affine");
  EXPECT_EQ(events[1].at("ts"), 0.0);
  EXPECT_EQ(events[4].at("args").at("node"), "a \"quoted\" \\ node\n");
  EXPECT_GE(events[4].at("dur").get<double>(), 0.0);

  profile.clear();
  EXPECT_TRUE(profile.totals().empty());
}

// More launches than events are kept for: the queue collects in between.
TEST_F(ProfileTest, ManyLaunchesKeepFewEvents) {
  if (!device_.facts.profiling_queue) GTEST_SKIP() << "the device cannot time its kernels";
  Queue queue(context_, true);
  const Buffer y(*context_, 4);
  for (int i = 0; i < 5000; ++i) {
    queue.launch({"affine", ""}, {1}, {1}, {nullptr, y}, affine_args{1, 1, 1});
    ASSERT_LE(queue.profile().pending(), 4096u);
  }
  queue.finish();
  EXPECT_EQ(queue.profile().totals().at("affine").count, 5000u);
}

TEST_F(ProfileTest, IsAbsentUnlessAskedFor) {
  Queue queue(context_);
  EXPECT_FALSE(queue.profiling());
  try {
    queue.profile();
    FAIL() << "gave a profile";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::usage);
  }
}

TEST(Profile, EmptyTraceIsValid) {
  const auto json = nlohmann::json::parse(Profile().chrome_trace("x"));
  EXPECT_EQ(json.at("traceEvents").size(), 1u);
}

}  // namespace
}  // namespace zerocl
