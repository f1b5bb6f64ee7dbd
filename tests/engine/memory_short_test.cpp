// Where the device has not enough memory: an Error, and what was there before still works.
#include <gtest/gtest.h>

#include <algorithm>

#include "engine/graph/device_state.h"
#include "engine/graph/executor.h"
#include "host/error.h"
#include "tests/engine/example_models.h"

namespace zerocl {
namespace {

std::int64_t largest_buffer(const DeviceFacts& facts) {
  return static_cast<std::int64_t>(facts.max_alloc_bytes);
}

TEST(MemoryShort, AnExecutorRunsSmallerBatchesAfterOneTooLarge) {
  const auto model = Model::open(testing::example("gpt2-novels-4m"));
  Session session(model);
  Executor& executor = session.executor(Task::forward);
  const Batch batch{{1, 2, 3}, {}, {0, 1, 2}, {2}, {{1, 3, 0, {0}}}};
  executor.run(batch);
  const HostTensor want = executor.output();
  // Logits [rows, V] that no buffer can hold.
  Batch too_large = batch;
  const auto row_bytes = static_cast<std::int64_t>(sizeof(float)) * model->config().vocabulary;
  const DeviceFacts facts = Context::create(select_device(""))->facts();
  too_large.output_rows.assign(static_cast<std::size_t>(largest_buffer(facts) / row_bytes + 1), 2);
  EXPECT_THROW(executor.run(too_large), Error);
  executor.run(batch);
  EXPECT_EQ(executor.output().data, want.data);
}

TEST(MemoryShort, TheCacheStaysAsItWas) {
  const auto model = Model::open(testing::example("gpt2-novels-4m"));
  DeviceState state(model, "", false, "");
  DeviceCache& cache = state.cache;
  cache.reserve(2);
  const std::size_t bytes = cache.shape().key_bytes();
  const std::vector<std::uint32_t> keys(bytes / sizeof(std::uint32_t), 0x3f800000);
  state.queue.write(cache.layer(0).keys, std::span(keys));
  EXPECT_EQ(cache.layer(1).keys.bytes, bytes);
  const std::int64_t too_many =
      largest_buffer(state.queue.facts()) / static_cast<std::int64_t>(bytes / 2) + 1;
  EXPECT_THROW(cache.reserve(too_many), Error);
  EXPECT_EQ(cache.shape().blocks, 2);
  EXPECT_EQ(cache.layer(2).keys.bytes, bytes);  // a layer that comes later
  cache.reserve(4);
  EXPECT_EQ(cache.shape().blocks, 4);
  for (int layer = 0; layer < 3; ++layer) EXPECT_EQ(cache.layer(layer).keys.bytes, 2 * bytes);
  std::vector<std::uint32_t> kept(2 * keys.size());
  state.queue.read(cache.layer(0).keys, std::span(kept));
  EXPECT_TRUE(std::equal(keys.begin(), keys.end(), kept.begin()));
  EXPECT_EQ(std::count(kept.begin() + std::ssize(keys), kept.end(), 0U), std::ssize(keys));
}

}  // namespace
}  // namespace zerocl
