#include "host/ops/sequences.h"

#include <gtest/gtest.h>

#include <limits>

#include "cl_kernels/abi/kv_cache.h"
#include "engine/verify/cases/row_case.h"
#include "tests/ops/family_test.h"

namespace zerocl {
namespace {

std::vector<std::int32_t> read(Queue& queue, const BufferView& view) {
  std::vector<std::int32_t> words(view.bytes / 4);
  queue.read(view, std::span(words));
  return words;
}

TEST(Sequences, HoldsWhatKernelsWalk) {
  Queue& queue = shared_queue();
  const std::vector<std::int32_t> first = {4}, second = {7, 2}, third = {0};
  const std::vector<ops::SequenceInput> inputs = {{3, 0, first}, {18, 62, second}, {1, 8, third}};
  ops::WordUpload memory;
  const ops::Sequences sequences = ops::make_sequences(queue, inputs, memory);

  EXPECT_EQ(sequences.rows, 22);
  EXPECT_EQ(sequences.block_limit, 8);
  ASSERT_EQ(sequences.host.size(), 3U);
  EXPECT_EQ(sequences.host[1].row, 3);
  EXPECT_EQ(sequences.host[1].position, 62);
  EXPECT_EQ(sequences.host[2].blocks, 3);
  EXPECT_EQ(read(queue, sequences.entries),
            (std::vector<std::int32_t>{0, 3, 0, 0, 3, 18, 62, 1, 21, 1, 8, 3}));
  EXPECT_EQ(read(queue, sequences.block_table), (std::vector<std::int32_t>{4, 7, 2, 0}));
  std::vector<std::int32_t> rows(22, 1);
  rows[0] = rows[1] = rows[2] = 0;
  rows[21] = 2;
  EXPECT_EQ(read(queue, sequences.row_sequence), rows);
  // Tiles end where absolute positions are multiples of 8 or 16: 62, 64, 72 of the second sequence.
  EXPECT_EQ(read(queue, sequences.cpu_tiles.table),
            (std::vector<std::int32_t>{0, 0, 1, 0, 1, 2, 1, 10, 2, 0}));
  EXPECT_EQ(sequences.cpu_tiles.count, 5);
  EXPECT_EQ(read(queue, sequences.gpu_tiles.table),
            (std::vector<std::int32_t>{0, 0, 1, 0, 1, 2, 2, 0}));
  EXPECT_EQ(sequences.gpu_tiles.count, 4);
  EXPECT_EQ(read(queue, sequences.mma_tiles.table),
            (std::vector<std::int32_t>{0, 0, 1, 0, 1, 2, 2, 0}));
  EXPECT_EQ(sequences.mma_tiles.count, 4);
}

TEST(Sequences, GoAlongInAnUpload) {
  Queue& queue = shared_queue();
  const std::vector<std::int32_t> blocks = {4, 1, 5};
  ops::WordUpload memory;
  ops::WordUpload upload;
  for (const std::int64_t length : {70, 70, 100, 1}) {  // as before, larger, smaller
    const std::vector<ops::SequenceInput> inputs = {{length, 10, blocks}, {3, 0, blocks}};
    const ops::Sequences alone = ops::make_sequences(queue, inputs, memory);
    upload.clear(queue);
    const std::vector<std::int32_t> some = {7, 8, static_cast<std::int32_t>(length)};
    const std::size_t ids = upload.add(some);
    const std::size_t none = upload.add({});
    ops::SequenceUpload part(inputs, upload);
    upload.send(queue);
    const ops::Sequences along = std::move(part).placed(upload);
    EXPECT_EQ(read(queue, upload.part(ids)), some);
    EXPECT_EQ(upload.part(none).bytes, 4U);
    EXPECT_EQ(along.rows, alone.rows);
    EXPECT_EQ(along.block_limit, alone.block_limit);
    EXPECT_EQ(along.host.size(), 2U);
    EXPECT_EQ(read(queue, along.entries), read(queue, alone.entries));
    EXPECT_EQ(read(queue, along.row_sequence), read(queue, alone.row_sequence));
    EXPECT_EQ(read(queue, along.block_table), read(queue, alone.block_table));
    using Tiles = ops::Sequences::Tiles;
    for (const auto tiles :
         {&ops::Sequences::cpu_tiles, &ops::Sequences::gpu_tiles, &ops::Sequences::mma_tiles}) {
      const Tiles &a = along.*tiles, &b = alone.*tiles;
      EXPECT_EQ(a.count, b.count);
      EXPECT_EQ(read(queue, a.table), read(queue, b.table));
    }
  }
}

TEST(Sequences, TilesOfTensorCoresEndAtMultiplesOf64) {
  Queue& queue = shared_queue();
  const std::vector<std::int32_t> first = {0, 1}, second = {2};
  const std::vector<ops::SequenceInput> inputs = {{70, 10, first}, {64, 0, second}};
  ops::WordUpload memory;
  const ops::Sequences sequences = ops::make_sequences(queue, inputs, memory);
  EXPECT_EQ(sequences.gpu_tiles.count, 5 + 4);
  EXPECT_EQ(read(queue, sequences.mma_tiles.table), (std::vector<std::int32_t>{0, 0, 0, 54, 1, 0}));
  EXPECT_EQ(sequences.mma_tiles.count, 3);
}

TEST(Sequences, KeepsMemoryThatIsLargeEnough) {
  Queue& queue = shared_queue();
  const std::vector<std::int32_t> blocks = {0, 1, 2, 3, 4, 5, 6, 7};
  ops::WordUpload memory;
  std::vector<ops::SequenceInput> inputs = {{500, 0, blocks}};
  const cl_mem root = ops::make_sequences(queue, inputs, memory).entries.root;
  inputs = {{1, 500, blocks}, {300, 0, blocks}};
  const ops::Sequences sequences = ops::make_sequences(queue, inputs, memory);
  EXPECT_EQ(sequences.rows, 301);
  EXPECT_EQ(sequences.entries.root, root);
}

TEST(Sequences, AnEmptyBatchHasNoRows) {
  ops::WordUpload memory;
  const ops::Sequences sequences = ops::make_sequences(shared_queue(), {}, memory);
  EXPECT_EQ(sequences.rows, 0);
  EXPECT_EQ(sequences.cpu_tiles.count, 0);
}

TEST(Sequences, RefusesWhatCannotBe) {
  Queue& queue = shared_queue();
  const std::vector<std::int32_t> one = {0}, negative = {-1};
  constexpr std::int64_t kMax = std::numeric_limits<std::int32_t>::max();
  const auto call = [&](const ops::SequenceInput& input) {
    return [&queue, input] {
      ops::WordUpload memory;
      const std::vector<ops::SequenceInput> inputs = {{1, 0, {}}, input};
      ops::make_sequences(queue, inputs, memory);
    };
  };
  expect_error(call({0, 0, one}), {"sequence 1", "length 0", "needs a row"});
  expect_error(call({1, -1, one}), {"sequence 1", "position -1"});
  expect_error(call({65, 0, one}), {"sequence 1", "length 65", "too few blocks"});
  expect_error(call({1, 64, one}), {"sequence 1", "position 64", "too few blocks"});
  expect_error(call({1, 0, negative}), {"sequence 1", "invalid block"});
  expect_error(call({kMax, 0, one}), {"sequence 1", "too long"});
  expect_error(call({1, kMax, one}), {"sequence 1", "too long"});
}

}  // namespace
}  // namespace zerocl
