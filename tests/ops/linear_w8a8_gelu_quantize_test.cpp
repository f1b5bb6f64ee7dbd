#include "host/ops/linear_w8a8_gelu_quantize.h"

#include <gtest/gtest.h>

#include "cl_kernels/abi/linear_w8a8_gelu_quantize.h"
#include "engine/verify/cases/linear_w8a8_operands.h"
#include "engine/verify/cases/row_inputs.h"
#include "host/error.h"
#include "tests/ops/family_test.h"

namespace zerocl {

KernelFamily linear_w8a8_gelu_quantize_family();

TEST(LinearW8A8GeluQuantize, DeviceHasTheBitsOfTheReference) {
  check_family(linear_w8a8_gelu_quantize_family());
}

TEST(LinearW8A8GeluQuantize, IsFusedWhereTheKernelCanDoIt) {
  DeviceFacts facts;
  facts.is_gpu = true;
  facts.nvidia_sm_major = 9;
  facts.compute_units = 132;
  const auto can = [&](ops::LinearW8A8Groups groups, std::int64_t outputs, std::int64_t group) {
    return ops::can_fuse_linear_w8a8_gelu_quantize(facts, groups, outputs, group);
  };
  EXPECT_TRUE(can({768, 768, 768}, 3072, 3072));
  EXPECT_TRUE(can({768, 768, 768}, 3072, 128));
  EXPECT_FALSE(can({768, 768, 768}, 3072, 64));  // a group of no tile
  // Groups along K: whole tiles of 128.
  EXPECT_TRUE(can({768, 128, 768}, 3072, 128));
  EXPECT_TRUE(can({768, 768, 128}, 3072, 128));
  EXPECT_TRUE(can({768, 128, 384}, 3072, 3072));
  EXPECT_TRUE(can({300, 128, 300}, 3072, 128));
  EXPECT_FALSE(can({768, 64, 768}, 3072, 128));
  EXPECT_FALSE(can({768, 768, 192}, 3072, 128));
  // A row's work-groups are resident: as many of the narrowest tiles.
  EXPECT_TRUE(can({768, 768, 768}, 64 * 132, 64 * 132));
  EXPECT_FALSE(can({768, 768, 768}, 64 * 132 + 1, 64 * 132 + 1));
  EXPECT_TRUE(can({768, 128, 768}, 128 * 132, 128 * 132));
  EXPECT_FALSE(can({768, 128, 768}, 128 * 132 + 1, 128 * 132 + 1));
  EXPECT_TRUE(can({768, 128, 768}, 128 * 132 + 1, 128));
  facts.nvidia_sm_major = 8;
  EXPECT_FALSE(can({768, 768, 768}, 3072, 3072));
}

TEST(LinearW8A8GeluQuantize, GroupsAlongTheInputsHaveTheirOwnKernels) {
  const auto names = [](ops::GeluForm form, const ops::LinearW8A8Groups& groups) {
    std::vector<std::string> out;
    for (const KernelId& id : ops::linear_w8a8_gelu_quantize_kernels(form, groups))
      out.push_back(id.variant);
    return out;
  };
  using Names = std::vector<std::string>;
  EXPECT_EQ(names(ops::GeluForm::erf, {768, 768, 768}),
            (Names{"wgmma", "wgmma_still", "wgmma_few"}));
  EXPECT_EQ(names(ops::GeluForm::erf, {768, 128, 768}),
            (Names{"wgmma_groups", "wgmma_groups_few"}));
  EXPECT_EQ(names(ops::GeluForm::tanh, {768, 768, 128}),
            (Names{"wgmma_groups_tanh", "wgmma_groups_few_tanh"}));
}

TEST(LinearW8A8GeluQuantize, MeetingsTakeTurnsAndGrowCleared) {
  Queue& queue = shared_queue();
  ops::RowMeeting meeting;
  meeting.reserve(queue, 5);
  const auto launch = [&] {
    const ops::RowMeeting::Turn turn = meeting.next();
    meeting.launched();
    return turn;
  };
  const ops::RowMeeting::Turn first = launch(), second = launch();
  EXPECT_EQ(first.rows, MEETING_TILE);  // whole tiles of rows
  EXPECT_EQ(first.turn, 0);
  EXPECT_EQ(second.turn, 1);
  meeting.reserve(queue, 100);  // fits: nothing changes
  EXPECT_EQ(launch().turn, 0);
  meeting.reserve(queue, MEETING_TILE + 1, 10);
  const ops::RowMeeting::Turn grown = launch();
  EXPECT_EQ(grown.rows, 2 * MEETING_TILE);
  EXPECT_EQ(grown.turn, 0);
  EXPECT_EQ(grown.partials.bytes, 2 * MEETING_TILE / MEETING_ROWS * 10 * sizeof(float));
  std::vector<std::uint32_t> words(2 * MEETING_WORDS(2 * MEETING_TILE), 1);
  queue.read(grown.memory, std::span(words));
  EXPECT_EQ(words, std::vector<std::uint32_t>(words.size(), 0));
}

// A launch that fails has not cleared the half of the next one.
TEST(LinearW8A8GeluQuantize, MeetingsBeginAnewAfterAFailure) {
  Queue& queue = shared_queue();
  ops::RowMeeting meeting;
  meeting.reserve(queue, 129);
  queue.fill(meeting.next().memory, 7);  // and launched() is never called
  const auto expect_new = [&] {
    meeting.reserve(queue, 5);
    const ops::RowMeeting::Turn turn = meeting.next();
    EXPECT_EQ(turn.rows, 256);
    EXPECT_EQ(turn.turn, 0);
    std::vector<std::uint32_t> words(2 * MEETING_WORDS(256), 1);
    queue.read(turn.memory, std::span(words));
    EXPECT_EQ(words, std::vector<std::uint32_t>(words.size(), 0));
  };
  expect_new();
  meeting.launched();
  // More than memory holds, and more than kernels can count.
  const auto too_many = static_cast<std::int64_t>(queue.facts().max_alloc_bytes / 4);
  EXPECT_THROW(meeting.reserve(queue, too_many), Error);
  expect_error([&] { meeting.reserve(queue, std::int64_t{1} << 29); }, {"536870912 rows"});
  meeting.reserve(queue, 200);
  queue.fill(meeting.next().memory, 7);
  expect_new();
}

TEST(LinearW8A8GeluQuantize, RefusesWhatCannotRunFused) {
  Queue& queue = shared_queue();
  const LinearW8A8Operands operands =
      upload_linear_w8a8(queue, "wgmma", make_quantized(1, 3, 64, 64, Fill::random),
                         make_quantized(2, 8, 64, 64, Fill::random), {});
  ops::RowMeeting meeting;
  const auto call = [&](const ops::Codes& q) {
    return [&, q] {
      ops::linear_w8a8_gelu_quantize(queue, operands.x.view, operands.weight, ops::GeluForm::erf, q,
                                     meeting);
    };
  };
  const DeviceCodes rows = allocate_codes(queue, 3, 8, 8, ops::CodesLayout::i8);
  expect_error(call(rows.view), {"linear_w8a8_gelu_quantize", "tiles"});
  const DeviceCodes wrong = allocate_codes(queue, 4, 8, 8, ops::CodesLayout::tiles);
  expect_error(call(wrong.view), {"linear_w8a8_gelu_quantize", "[4, 8]", "[3, 8]"});
  const DeviceCodes groups = allocate_codes(queue, 3, 8, 4, ops::CodesLayout::tiles);
  expect_error(call(groups.view), {"linear_w8a8_gelu_quantize", "4 of 8 outputs"});
}

}  // namespace zerocl
