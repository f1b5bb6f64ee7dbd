#include "host/ops/persistent.h"

#include <gtest/gtest.h>

#include "cl_kernels/abi/attention_i8_quantize_tokens.h"
#include "cl_kernels/abi/layer_norm_f16.h"
#include "cl_kernels/abi/layer_norm_f16_quantize.h"
#include "cl_kernels/abi/linear_f32.h"
#include "cl_kernels/abi/linear_w8a8.h"
#include "cl_kernels/abi/linear_w8a8_add_layer_norm_f16_quantize.h"
#include "cl_kernels/abi/linear_w8a8_gelu_quantize.h"
#include "cl_kernels/abi/quantize_tokens.h"
#include "cl_kernels/abi/relu.h"
#include "cl_kernels/abi/tanh.h"
#include "host/ops/linear_wgmma.h"
#include "host/ops/persistent_table.h"
#include "tests/ops/unreal_view.h"

namespace zerocl::ops {
namespace {

using testing::view;

constexpr quantize_output kWholeRows{.group = 64, .groups = 1, .stride = 64, .layout = 0};
constexpr quantize_tokens_args kQuantize{.rows = 1, .cols = 64, .out = kWholeRows};

template <class Args>
bool takes(const KernelId& id, std::vector<BufferView> buffers, const Args& args,
           const PersistentKernel& kernel = kPersistentOne) {
  Persistent persistent(kernel, 4);
  const bool taken =
      persistent.take({id, {512, 1, 1}, {128, 1, 1}, buffers, std::as_bytes(std::span(&args, 1))});
  EXPECT_EQ(persistent.empty(), !taken);
  return taken;
}

TEST(Persistent, TakesTheKernelsWhoseCodeItHolds) {
  const quantize_tokens_args& args = kQuantize;
  EXPECT_TRUE(takes({"quantize_tokens", "warp"}, {view(1), view(2), view(3)}, args));
  EXPECT_FALSE(takes({"quantize_tokens", "group"}, {view(1), view(2), view(3)}, args));
  EXPECT_FALSE(takes({"gelu", ""}, {view(1), view(2), view(3)}, args));
}

TEST(Persistent, LeavesBuffersWhoseAddressMayChangeToTheQueue) {
  const quantize_tokens_args& args = kQuantize;
  EXPECT_TRUE(takes({"quantize_tokens", "warp"}, {view(1), nullptr, view(3)}, args));
  EXPECT_FALSE(takes({"quantize_tokens", "warp"}, {view(1), view(0), view(3)}, args));
}

TEST(Persistent, TakesRowsOfOneScale) {
  layer_norm_f16_quantize_args norm{};
  quantize_tokens_args quantize = kQuantize;
  const KernelId add{"add_layer_norm_f16_quantize", "warp"},
      plain{"layer_norm_f16_quantize", "warp"};
  const std::vector<BufferView> six(6, view(1)), seven(7, view(1));
  EXPECT_FALSE(takes(add, seven, norm));
  norm.out = kWholeRows;
  EXPECT_TRUE(takes(add, seven, norm));
  EXPECT_TRUE(takes(plain, six, norm));
  norm.out.groups = quantize.out.groups = 2;
  EXPECT_FALSE(takes(add, seven, norm));
  EXPECT_FALSE(takes(plain, six, norm));
  EXPECT_FALSE(takes({"quantize_tokens", "warp"}, {view(1), view(2), view(3)}, quantize));
}

TEST(Persistent, TakesWhatAClassifierEndsWith) {
  Persistent persistent(kPersistentOne, 4);
  const linear_f32_args args{16, 768, 768, 768, 768, 1};
  const std::vector<BufferView> four(4, view(1)), two(2, view(1));
  EXPECT_TRUE(persistent.take({{"linear_f32", "group_few"},
                               {std::size_t{256} * 24, 2, 1},
                               {256, 1, 1},
                               four,
                               std::as_bytes(std::span(&args, 1))}));
  EXPECT_FALSE(takes({"linear_f32", "group"}, four, args));
  EXPECT_TRUE(takes({"tanh", "group"}, two, tanh_args{768}));
  EXPECT_TRUE(takes({"relu", "group"}, two, relu_args{768}));
}

TEST(Persistent, TakesTheLastNormOfW8A8Encoders) {
  const auto taken = [](abi_int x_f32, abi_int residual, abi_int y16) {
    layer_norm_f16_args args{};
    args.write_y16 = 1;
    args.x_f32 = x_f32;
    args.residual = {residual, 64};
    args.y16 = {y16, 64};
    return takes({"add_layer_norm_f16", "warp"}, std::vector<BufferView>(6, view(1)), args);
  };
  EXPECT_TRUE(taken(1, F16_ROWS, F16_ROWS));
  EXPECT_FALSE(taken(0, F16_ROWS, F16_ROWS));
  EXPECT_FALSE(taken(1, F16_TILES, F16_ROWS));
  EXPECT_FALSE(taken(1, F16_ROWS, F16_TILES));
}

TEST(Persistent, TakesAttentionThatSeesBothWaysWithOneScaleARow) {
  const auto attention = [](const char* variant, abi_int causal, abi_int groups) {
    attention_i8_quantize_tokens_args args{};
    args.attention = {2, 64, 128, 128, causal, 1.0f};
    args.out = {128 / groups, groups, 128, 3};
    return takes({"attention_i8_quantize_tokens", variant}, std::vector<BufferView>(12, view(1)),
                 args);
  };
  EXPECT_TRUE(attention("mma", 0, 1));
  EXPECT_TRUE(attention("mma_d32", 0, 1));
  EXPECT_FALSE(attention("mma", 1, 1));
  EXPECT_FALSE(attention("mma", 0, 2));
}

// A step that holds both would wait three times for other work-groups, two steps do twice.
TEST(Persistent, KnowsProductsAndTheirNormsAsTwoSteps) {
  const linear_w8a8_add_layer_norm_f16_quantize_args args{};
  const std::vector<BufferView> buffers(13, view(1));
  const KernelId both{"linear_w8a8_add_layer_norm_f16_quantize", "wgmma_few"};
  for (const PersistentKernel& kernel : {kPersistentOne, kPersistentMid}) {
    EXPECT_FALSE(takes(both, buffers, args, kernel));
    EXPECT_FALSE(Persistent(kernel, 4).knows(both.op, both.variant));
    for (const char* variant : {"wgmma_few", "wgmma_narrow"})
      EXPECT_TRUE(takes({"linear_w8a8", variant}, std::vector<BufferView>(6, view(1)),
                        linear_w8a8_args{}, kernel));
    for (const char* op :
         {"layer_norm_f16_quantize", "add_layer_norm_f16_quantize", "add_layer_norm_f16"}) {
      EXPECT_TRUE(Persistent(kernel, 4).knows(op, "warp"));
      EXPECT_FALSE(Persistent(kernel, 4).knows(op, "warp_wide"));
    }
  }
}

TEST(Persistent, KnowsTheLayersOfEncodersAloneInLargerBatches) {
  const Persistent mid(kPersistentMid, 4);
  for (const char* variant : {"wgmma_few", "wgmma_few_d32"})
    EXPECT_TRUE(mid.knows("linear_w8a8_quantize_qkv", variant));
  for (const char* variant : {"wgmma_few", "wgmma_few_tanh"})
    EXPECT_TRUE(mid.knows("linear_w8a8_gelu_quantize", variant));
  for (const char* variant : {"mma", "mma_d32"})
    EXPECT_TRUE(mid.knows("attention_i8_quantize_tokens", variant));
  EXPECT_TRUE(mid.knows("gather_rows", "group"));
  EXPECT_FALSE(mid.knows("linear_w8a8_quantize_qkv", "wgmma"));
  for (const char* op : {"embedding", "mean_pool", "l2_normalize", "tanh"})
    EXPECT_FALSE(mid.knows(op, "group"));
  EXPECT_FALSE(mid.knows("quantize_tokens", "warp"));
}

TEST(Persistent, LaunchersPreferTheTilesThatItKnows) {
  constexpr WgmmaTile kTiles[] = {{"wgmma", 128, 128, 640, 1, 560, 5150},
                                  {"wgmma_few", 64, 64, 256, 2, 330, 3000}};
  DeviceFacts facts;
  facts.compute_units = 132;
  const auto chosen = [&](std::string_view op, const LaunchGatherer* gatherer) {
    return wgmma_launch(op, {4096, 3072, 768}, kTiles, facts, gatherer).variant;
  };
  const Persistent one(kPersistentOne, 132), mid(kPersistentMid, 132);
  constexpr std::string_view kNorm = "linear_w8a8_add_layer_norm_f16_quantize";
  EXPECT_EQ(chosen(kNorm, nullptr), "wgmma");
  for (const Persistent* gatherer : {&one, &mid}) {
    EXPECT_EQ(chosen(kNorm, gatherer), "wgmma");
    EXPECT_EQ(chosen("linear_w8a8_gelu_quantize", gatherer), "wgmma_few");
  }
}

TEST(Persistent, HasTheirKernelsInItsPrograms) {
  const auto names = [](const Persistent& persistent) {
    std::vector<std::string> found;
    for (const KernelId& id : persistent.kernels()) found.push_back(id.variant);
    return found;
  };
  using Names = std::vector<std::string>;
  PersistentTimes times;
  EXPECT_EQ(names({kPersistentOne, 4}), (Names{"wgmma", "address"}));
  EXPECT_EQ(names({kPersistentMid, 4}), (Names{"wgmma_mid", "address"}));
  EXPECT_EQ(names({kPersistentMid, 4, &times}), (Names{"wgmma_mid_times", "address"}));
}

TEST(Persistent, AsksToRunAfterTheFirstStepsOfABatch) {
  Persistent persistent(kPersistentOne, 4);
  const quantize_tokens_args& args = kQuantize;
  const std::vector<BufferView> buffers{view(1), view(2), view(3)};
  const KernelId id{"quantize_tokens", "warp"};
  const LaunchRequest request{
      id, {512, 1, 1}, {128, 1, 1}, buffers, std::as_bytes(std::span(&args, 1))};
  persistent.begin();
  int steps = 0;
  for (; !persistent.full() && steps < 1000; ++steps) ASSERT_TRUE(persistent.take(request));
  EXPECT_GT(steps, 1);
  EXPECT_LT(steps, 30);  // of the 100 of BERT-base
}

TEST(Persistent, IsRefusedWhereThereIsNoHopper) {
  DeviceFacts cpu;
  EXPECT_TRUE(kPersistentVariants[0].refusal(cpu).has_value());
  EXPECT_TRUE(kPersistentMidVariants[0].refusal(cpu).has_value());
}

}  // namespace
}  // namespace zerocl::ops
