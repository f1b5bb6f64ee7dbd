#include <gtest/gtest.h>

#include "engine/graph/device_executor.h"
#include "engine/session/session.h"
#include "tests/engine/example_models.h"
#include "tests/engine/sequences.h"

namespace zerocl {
namespace {

using testing::expect_same_bits;

LaunchKey key_of(std::int64_t tokens) {
  LaunchKey key;
  key.tokens = tokens;
  return key;
}

TEST(Replays, KnowAKeyFromItsSecondTimeOn) {
  Replays replays;
  EXPECT_FALSE(replays.worth_recording(key_of(1)));
  EXPECT_TRUE(replays.worth_recording(key_of(1)));
  EXPECT_EQ(replays.find(key_of(1)), nullptr);
  replays.add(key_of(1), Replay());
  EXPECT_NE(replays.find(key_of(1)), nullptr);
  EXPECT_EQ(replays.find(key_of(2)), nullptr);
  replays.add(key_of(2), Replay());  // that never came
  EXPECT_EQ(replays.find(key_of(2)), nullptr);
}

TEST(Replays, RecordOnceWhatCannotBeReplayed) {
  Replays replays;
  EXPECT_FALSE(replays.worth_recording(key_of(1)));
  EXPECT_TRUE(replays.worth_recording(key_of(1)));
  replays.add(key_of(1), std::nullopt);
  EXPECT_EQ(replays.find(key_of(1)), nullptr);
  EXPECT_FALSE(replays.worth_recording(key_of(1)));
}

TEST(Replays, KeepWhatIsAskedFor) {
  Replays replays;
  EXPECT_FALSE(replays.worth_recording(key_of(1)));
  replays.add(key_of(1), Replay());
  for (std::int64_t tokens = 2; tokens <= 100; ++tokens) {
    EXPECT_FALSE(replays.worth_recording(key_of(tokens)));
    EXPECT_NE(replays.find(key_of(1)), nullptr);
  }
}

TEST(Replays, ForgetTheOldestKey) {
  Replays replays;
  EXPECT_FALSE(replays.worth_recording(key_of(1)));
  replays.add(key_of(1), Replay());
  for (std::int64_t tokens = 2; tokens <= 33; ++tokens)
    EXPECT_FALSE(replays.worth_recording(key_of(tokens)));
  EXPECT_EQ(replays.find(key_of(1)), nullptr);
  EXPECT_TRUE(replays.worth_recording(key_of(2)));
}

TEST(Replays, TellMeetingsApart) {
  LaunchKey key = key_of(1);
  key.meeting.turn = 1;
  EXPECT_NE(key, key_of(1));
  key = key_of(1);
  key.inputs = {BufferView()};
  EXPECT_NE(key, key_of(1));
}

// Batches of the same key one after another, of other ids and, between the last two kinds, lengths.
TEST(Replay, GivesTheBitsOfAWalk) {
  const std::vector<std::vector<std::size_t>> kinds = {{5, 20}, {70}, {9, 30, 17}, {30, 17, 9}};
  for (const char* scheme : {"w8a8", "f16", "f32"}) {
    const testing::ScratchDir dir;
    const auto model = Model::open(testing::quantized(dir, "bert-sst2-5m", {.scheme = scheme}));
    Session session(model);
    std::uint32_t state = 7;
    for (const std::vector<std::size_t>& lengths : kinds) {
      for (std::uint32_t turn = 0; turn < 4; ++turn) {
        std::vector<TokenSequence> batch;
        for (const std::size_t length : lengths)
          batch.push_back(testing::random_tokens(length, state, *model));
        Session fresh(model);
        const std::vector<Matrix> got = session.forward(batch), want = fresh.forward(batch);
        for (std::size_t i = 0; i < batch.size(); ++i) expect_same_bits(got[i], want[i], scheme);
      }
    }
    const auto& executor = dynamic_cast<const DeviceExecutor&>(
        session.executor(Task::forward, Pooling::mean, /*normalize=*/false));
    EXPECT_GE(executor.replayed(), 6) << scheme;
  }
}

// Tokens one by one: a cache that grows on the way, and another sequence between.
TEST(Replay, GivesTheBitsOfAWalkTokenByToken) {
  const testing::ScratchDir dir;
  const auto model = Model::open(testing::quantized(dir, "gpt2-novels-4m", {.scheme = "w8a8"}));
  std::uint32_t state = 3;
  const std::vector<TokenId> ids = testing::random_tokens(150, state, *model).ids;
  Session whole(model), session(model);
  const Matrix want = whole.extend(whole.open_sequence(), ids, 150);
  const auto one = session.open_sequence(), other = session.open_sequence();
  for (std::size_t t = 0; t < ids.size(); ++t) {
    const Matrix got = session.extend(one, std::span(ids).subspan(t, 1), 1);
    const auto row = want.row(static_cast<std::int64_t>(t));
    expect_same_bits(got, {1, want.cols, {row.begin(), row.end()}}, "token " + std::to_string(t));
    if (t % 40 == 39) session.extend(other, std::span(ids).first(t), 1);
  }
  const auto& executor = dynamic_cast<const DeviceExecutor&>(
      session.executor(Task::forward, Pooling::mean, /*normalize=*/false));
  EXPECT_GE(executor.replayed(), 100);
}

}  // namespace
}  // namespace zerocl
