#include "host/ops/attention_i8_quantize_tokens.h"

#include <gtest/gtest.h>

#include "engine/verify/cases/attention_case.h"
#include "reference/attention_i8.h"
#include "reference/attention_i8_quantize_tokens.h"
#include "reference/quantize_tokens.h"
#include "tests/ops/family_test.h"

namespace zerocl {

KernelFamily attention_i8_quantize_tokens_family();

TEST(AttentionI8QuantizeTokens, DeviceHasTheBitsOfTheReference) {
  check_family(attention_i8_quantize_tokens_family());
}

TEST(AttentionI8QuantizeTokens, IsTheCodesOfAttentionWithScalesOfGroups) {
  const reference::Quantized q = make_quantized(1, 3, 8, 4, Fill::random),
                             k = make_quantized(2, 5, 8, 4, Fill::random),
                             v = make_quantized(3, 5, 8, 4, Fill::random);
  const reference::MatrixF y = reference::attention_i8(q, k, v, 2, true, 0.5f);
  for (const reference::Index group : {8, 4}) {
    const reference::Quantized codes =
        reference::attention_i8_quantize_tokens(q, k, v, 2, true, 0.5f, group);
    ASSERT_EQ(codes.scales.rows(), 3);
    ASSERT_EQ(codes.scales.cols(), 8 / group);
    for (reference::Index m = 0; m < 3; ++m)
      for (reference::Index first = 0; first < 8; first += group) {
        const float largest = y.row(m).segment(first, group).cwiseAbs().maxCoeff();
        const float scale = codes.scales(m, first / group);
        EXPECT_NEAR(scale, largest / 127, 1e-6f * largest);
        const auto row = codes.codes.row(m).segment(first, group);
        EXPECT_EQ(row.cast<int>().cwiseAbs().maxCoeff(), 127);
        for (reference::Index d = 0; d < group; ++d)
          EXPECT_NEAR(static_cast<float>(row(d)) * scale, y(m, first + d), 0.501f * scale);
      }
  }
}

TEST(AttentionI8QuantizeTokens, IsFusedWhereTheKernelCanDoIt) {
  DeviceFacts facts;
  facts.is_gpu = true;
  facts.nvidia_sm_major = 9;
  facts.compute_units = 108;
  ops::KvCacheShape shape;
  shape.layout = ops::KvLayout::gpu;
  const auto can = [&](std::int64_t heads, std::int64_t size, std::int64_t group,
                       ops::CodesLayout layout) {
    shape.heads = heads;
    shape.head_size = size;
    return ops::can_fuse_attention_i8_quantize_tokens(facts, shape, group, layout);
  };
  const ops::CodesLayout tiles = ops::CodesLayout::tiles, rows = ops::CodesLayout::i8;
  EXPECT_TRUE(can(12, 64, 768, tiles));
  EXPECT_TRUE(can(12, 64, 768, rows));
  EXPECT_TRUE(can(12, 32, 384, tiles));
  EXPECT_TRUE(can(12, 64, 128, tiles));  // two heads share a scale
  EXPECT_TRUE(can(12, 32, 128, tiles));  // four
  EXPECT_TRUE(can(110, 64, 128, tiles));
  EXPECT_FALSE(can(12, 64, 256, tiles));  // neither a row nor a tile of codes
  EXPECT_FALSE(can(12, 64, 64, tiles));
  EXPECT_FALSE(can(12, 128, 1536, tiles));               // wide heads
  EXPECT_FALSE(can(3, 64, 192, tiles));                  // padding
  EXPECT_FALSE(can(12, 64, 768, ops::CodesLayout::u8));  // a CPU's layout
  EXPECT_FALSE(can(110, 64, 110 * 64, tiles));           // a row's work-groups not resident
  shape.layout = ops::KvLayout::cpu;
  EXPECT_FALSE(can(12, 64, 768, tiles));
  shape.layout = ops::KvLayout::gpu;
  facts.nvidia_sm_major = 10;
  EXPECT_TRUE(can(12, 64, 768, tiles));
  for (const int without_memory : {7, 8, 12}) {
    facts.nvidia_sm_major = without_memory;
    EXPECT_FALSE(can(12, 64, 768, tiles)) << without_memory;
  }
}

TEST(AttentionI8QuantizeTokens, SpreadsFewUnitsOverComputeUnits) {
  const auto teams = ops::attention_i8_quantize_tokens_teams;
  EXPECT_EQ(teams(4, 4), 4);         // a unit each
  EXPECT_EQ(teams(132, 132), 132);   // no second team without a unit
  EXPECT_EQ(teams(192, 132), 192);   // 60 compute units have two
  EXPECT_EQ(teams(528, 132), 528);   // all
  EXPECT_EQ(teams(768, 132), 396);   // 3 teams, two units each, rather than 4 and then 1.8 of 4
  EXPECT_EQ(teams(1536, 132), 528);  // three units each
  EXPECT_EQ(teams(3072, 132), 528);
  EXPECT_EQ(teams(1000000, 132), 528);
  // Never fewer than work-groups, so that those who wait for the heads of a row are not all.
  for (std::int64_t units = 1; units < 700; ++units)
    for (const std::int64_t compute_units : {1, 16, 132}) {
      const std::int64_t groups = std::min(units, compute_units), count = teams(units, groups);
      ASSERT_GE(count, groups) << units;
      ASSERT_LE(count, std::min(units, 4 * groups)) << units;
    }
}

TEST(AttentionI8QuantizeTokens, TellsWhyADeviceCannotRunIt) {
  DeviceFacts facts;
  EXPECT_NE(attention_i8_quantize_tokens_refusal(facts), std::nullopt);
  facts.nvidia_sm_major = 8;
  facts.nvidia_sm_minor = 6;
  const std::optional<std::string> why = attention_i8_quantize_tokens_refusal(facts);
  ASSERT_TRUE(why.has_value());
  EXPECT_NE(why->find("200 KiB of local memory"), std::string::npos) << *why;
  EXPECT_NE(why->find("8.6"), std::string::npos) << *why;
  facts.nvidia_sm_major = 9;
  facts.nvidia_sm_minor = 0;
  EXPECT_EQ(attention_i8_quantize_tokens_refusal(facts), std::nullopt);
  facts.weights_refusal = "the weight of a score of -1";
  for (const auto refusal : {attention_i8_quantize_tokens_refusal, attention_i8_mma_refusal})
    EXPECT_NE(refusal(facts).value_or("").find("special function unit"), std::string::npos);
}

TEST(AttentionI8QuantizeTokens, RefusesWhatDoesNotFit) {
  Queue& queue = shared_queue();
  const AttentionBatch batch{{{3, 0}}, 2, 64, false};
  const DeviceAttention device =
      make_device_attention(queue, batch, ops::KvCacheShape::Type::i8, "mma");
  const DeviceCodes q = allocate_codes(queue, 3, 128, 64, ops::CodesLayout::i8);
  ops::RowMeeting meeting;
  const auto call = [&](const ops::Codes& y) {
    return [&, y] {
      ops::attention_i8_quantize_tokens(queue, q.view, device.sequences, device.shape, device.layer,
                                        batch.params(), y, meeting);
    };
  };
  const DeviceCodes fewer = allocate_codes(queue, 2, 128, 128, ops::CodesLayout::tiles);
  expect_error(call(fewer.view), {"attention_i8_quantize_tokens", "[2, 128]", "[3, 128]"});
  const DeviceCodes groups = allocate_codes(queue, 3, 128, 64, ops::CodesLayout::tiles);
  expect_error(call(groups.view), {"attention_i8_quantize_tokens", "groups of 64", "fused"});
}

TEST(AttentionI8QuantizeTokens, TellsDecodingFromPrompts) {
  Queue& queue = shared_queue();
  ops::WordUpload memory;
  const std::int32_t blocks[] = {0, 1};
  const auto decodes = [&](std::initializer_list<std::int64_t> lengths) {
    std::vector<ops::SequenceInput> inputs;
    for (const std::int64_t length : lengths) inputs.push_back({length, 40, blocks});
    return ops::attention_i8_decodes(ops::make_sequences(queue, inputs, memory));
  };
  EXPECT_TRUE(decodes({1}));
  EXPECT_TRUE(decodes({1, 1, 1}));
  EXPECT_FALSE(decodes({2}));
  EXPECT_FALSE(decodes({1, 30}));
}

}  // namespace zerocl
