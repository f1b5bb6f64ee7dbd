#include "host/ops/persistent_table.h"

#include <gtest/gtest.h>

#include <cstring>
#include <iterator>
#include <utility>

#include "cl_kernels/abi/layer_norm_f16_quantize.h"
#include "cl_kernels/abi/linear_w8a8.h"
#include "cl_kernels/abi/linear_w8a8_quantize_qkv.h"
#include "host/ops/persistent_times.h"
#include "tests/ops/unreal_view.h"

namespace zerocl::ops {
namespace {

using testing::view;

// Steps of a table, all buffers distinct but those named: residual and result of a product.
PersistentStep product(int kind, std::uint64_t weights, std::uint64_t result) {
  PersistentStep step{kind, std::vector<BufferView>(14, view(1)), std::vector<std::byte>(44)};
  step.buffers[2] = {view(0).memory, 4096 + 8, nullptr, 256, weights};
  step.buffers[5] = view(result);
  return step;
}
PersistentStep norm(int kind, std::uint64_t residual) {
  PersistentStep step{kind, std::vector<BufferView>(7, view(1)),
                      std::vector<std::byte>(sizeof(layer_norm_f16_quantize_args))};
  step.buffers[1] = view(residual);
  return step;
}
std::uint64_t address(const BufferView& of) {
  return of ? 1000000 * of.root_id + of.root_offset : 0;
}

TEST(PersistentTable, AsksForTheWeightsOfTheProductAfterTheNext) {
  const std::vector<PersistentStep> steps{
      norm(STEP_LAYER_NORM_F16_QUANTIZE, 2),          norm(STEP_LAYER_NORM_F16_QUANTIZE, 2),
      product(STEP_LINEAR_W8A8_QUANTIZE_QKV, 11, 3),  norm(STEP_QUANTIZE_TOKENS, 2),
      product(STEP_LINEAR_W8A8_GELU_QUANTIZE, 12, 3), product(STEP_LINEAR_W8A8, 13, 3)};
  const std::vector<step> table = persistent_table(kPersistentOne, steps, 132, nullptr, address);
  ASSERT_EQ(table.size(), 6U);
  const std::uint64_t ahead[] = {11000256, 12000256, 13000256, 0, 0, 0};
  for (std::size_t i = 0; i < table.size(); ++i) {
    EXPECT_EQ(table[i].kind, steps[i].kind);
    EXPECT_EQ(table[i].buffers[0], 1000000U);
    EXPECT_EQ(table[i].ahead, ahead[i]);
    EXPECT_EQ(table[i].ahead_bytes, ahead[i] == 0 ? 0U : 4096U);  // whole 16 bytes
    EXPECT_EQ(table[i].weights, 0);
  }
}

TEST(PersistentTable, ReadsAResidualEarlyWhereTheStepBeforeDoesNotWriteIt) {
  const std::vector<PersistentStep> steps{norm(STEP_ADD_LAYER_NORM_F16, 3),
                                          product(STEP_LINEAR_W8A8, 11, 4),
                                          norm(STEP_ADD_LAYER_NORM_F16_QUANTIZE, 3),
                                          norm(STEP_ADD_LAYER_NORM_F16, 3),
                                          product(STEP_LINEAR_W8A8_NARROW, 11, 3),
                                          norm(STEP_ADD_LAYER_NORM_F16, 3),
                                          product(STEP_LINEAR_W8A8_GELU_QUANTIZE, 11, 4),
                                          norm(STEP_ADD_LAYER_NORM_F16, 3),
                                          product(STEP_LINEAR_W8A8, 11, 4),
                                          norm(STEP_LAYER_NORM_F16_QUANTIZE, 3)};
  const abi_int old[] = {1, 0, 1, 0, 0, 0, 0, 0, 0, 0};
  for (const PersistentKernel& kernel : {kPersistentOne, kPersistentMid}) {
    const std::vector<step> table = persistent_table(kernel, steps, 132, nullptr, address);
    for (std::size_t i = 0; i < table.size(); ++i) EXPECT_EQ(table[i].old_residual, old[i]) << i;
  }
}

// A product, of 128 rows by default, and the norm of its result (buffer 20), with scales of the
// rows in 30 and of the norm's codes in `new_scales`.
std::vector<PersistentStep> product_and_norm(abi_int outputs, abi_int inputs,
                                             std::uint64_t new_scales, abi_int rows = 128) {
  const linear_w8a8_args linear{rows, outputs, inputs, inputs, 1, 1, 1, 1, 1, outputs, 1};
  const layer_norm_f16_quantize_args norm_args{rows, outputs, 1e-12f, 1, {outputs, 1, outputs, 3}};
  std::vector<PersistentStep> steps{product(STEP_LINEAR_W8A8_NARROW, 11, 20),
                                    norm(STEP_ADD_LAYER_NORM_F16_QUANTIZE, 3)};
  steps[0].buffers[1] = view(30);
  steps[1].buffers[0] = view(20);
  steps[1].buffers[4] = view(44);
  steps[1].buffers[5] = view(45);
  steps[1].buffers[6] = view(new_scales);
  std::memcpy(steps[0].args.data(), &linear, sizeof linear);
  std::memcpy(steps[1].args.data(), &norm_args, sizeof norm_args);
  return steps;
}

TEST(PersistentTable, SharesOutTheInputsOfAProductBeforeANorm) {
  const auto table =
      persistent_table(kPersistentOne, product_and_norm(768, 3072, 50), 132, view(60), address);
  ASSERT_EQ(table[0].kind, STEP_LINEAR_W8A8_PARTS);
  EXPECT_EQ(table[1].kind, STEP_ADD_LAYER_NORM_F16_QUANTIZE);
  persistent_parts_args parts{};
  persistent_norm_args sum{};
  std::memcpy(&parts, table[0].args, sizeof parts);
  std::memcpy(&sum, table[1].args, sizeof sum);
  EXPECT_EQ(parts.linear.inputs, 3072);
  EXPECT_EQ(sum.cols, 768);
  EXPECT_EQ(sum.splits, parts.splits);
  // 24 tiles of 64 x 64 and 24 stages: no more work-groups than units, and no more stages than fit.
  EXPECT_LE(24 * parts.splits, 132);
  EXPECT_GE(parts.splits * PERSISTENT_STAGES, 24);
  EXPECT_EQ(table[0].buffers[5], 60000000U);
  EXPECT_EQ(table[1].buffers[STEP_NORM_X], 20000000U);
  EXPECT_EQ(table[1].buffers[STEP_NORM_RESIDUAL], 3000000U);
  EXPECT_EQ(table[1].buffers[STEP_NORM_Y], 0U);
  EXPECT_EQ(table[1].buffers[STEP_NORM_Y16], 44000000U);
  EXPECT_EQ(table[1].buffers[STEP_NORM_CODES], 45000000U);
  EXPECT_EQ(table[1].buffers[STEP_NORM_SCALES], 50000000U);
  EXPECT_EQ(table[1].buffers[STEP_SUM_BUFFERS], 60000000U);
  EXPECT_EQ(table[1].buffers[STEP_SUM_BUFFERS + 1], 30000000U);
  EXPECT_EQ(persistent_parts_bytes(kPersistentOne, product_and_norm(768, 3072, 50), 132),
            static_cast<std::size_t>(parts.splits) * 128 * 768 * 4);
}

TEST(PersistentTable, SharesOutNothingThatTheNormCannotAddUp) {
  const auto first_kind = [](const std::vector<PersistentStep>& steps, std::uint32_t units) {
    return persistent_table(kPersistentOne, steps, units, view(60), address)[0].kind;
  };
  EXPECT_EQ(first_kind(product_and_norm(768, 768, 30), 132), STEP_LINEAR_W8A8_PARTS);
  EXPECT_EQ(first_kind(product_and_norm(768, 768, 50), 23), STEP_LINEAR_W8A8_NARROW);
  EXPECT_EQ(first_kind(product_and_norm(700, 768, 50), 132), STEP_LINEAR_W8A8_NARROW);
  EXPECT_EQ(first_kind(product_and_norm(2048, 768, 50), 132), STEP_LINEAR_W8A8_NARROW);
  EXPECT_EQ(first_kind(product_and_norm(768, 131072, 50), 132), STEP_LINEAR_W8A8_NARROW);
  std::vector<PersistentStep> steps = product_and_norm(768, 768, 50);
  steps[1].buffers[5] = view(30);  // codes in place of the row scales, which others still read
  EXPECT_EQ(first_kind(steps, 132), STEP_LINEAR_W8A8_NARROW);
  steps = product_and_norm(768, 768, 50);
  steps[1].buffers[0] = view(21);  // a norm of something else
  EXPECT_EQ(first_kind(steps, 132), STEP_LINEAR_W8A8_NARROW);
  EXPECT_EQ(persistent_parts_bytes(kPersistentOne, steps, 132), 0U);
}

TEST(PersistentTable, GivesAWorkGroupOneTileWhereTheseAreFew) {
  const auto kind = [](int plain, abi_int rows, abi_int outputs, abi_int inputs) {
    const linear_w8a8_args linear{rows, outputs, inputs, inputs, 1, 1, 1, 1, 1, outputs, 1};
    const auto bytes = std::as_bytes(std::span(&linear, 1));
    std::vector<PersistentStep> steps{product(plain, 11, 20)};
    steps[0].args.assign(bytes.begin(), bytes.end());
    return persistent_table(kPersistentOne, steps, 132, nullptr, address)[0].kind;
  };
  EXPECT_EQ(kind(STEP_LINEAR_W8A8_GELU_QUANTIZE, 128, 3072, 768), STEP_TWIN_GELU_QUANTIZE);
  EXPECT_EQ(kind(STEP_LINEAR_W8A8_GELU_QUANTIZE_TANH, 64, 4096, 1024),
            STEP_TWIN_GELU_QUANTIZE_TANH);
  EXPECT_EQ(kind(STEP_LINEAR_W8A8_QUANTIZE_QKV, 128, 2304, 768), STEP_TWIN_QUANTIZE_QKV);
  EXPECT_EQ(kind(STEP_LINEAR_W8A8_QUANTIZE_QKV_D32, 256, 1152, 384), STEP_TWIN_QUANTIZE_QKV_D32);
  EXPECT_EQ(kind(STEP_LINEAR_W8A8_QUANTIZE_QKV, 256, 2304, 768), STEP_LINEAR_W8A8_QUANTIZE_QKV);
  EXPECT_EQ(kind(STEP_LINEAR_W8A8_QUANTIZE_QKV, 128, 1152 + 64, 768),
            STEP_LINEAR_W8A8_QUANTIZE_QKV);
  EXPECT_EQ(kind(STEP_LINEAR_W8A8_GELU_QUANTIZE, 128, 3072, 1100), STEP_LINEAR_W8A8_GELU_QUANTIZE);
}

TEST(PersistentTable, SharesOutHalvesInLargerBatches) {
  const auto splits = [](abi_int rows, abi_int outputs, abi_int inputs) {
    const auto steps = product_and_norm(outputs, inputs, 50, rows);
    const auto table = persistent_table(kPersistentMid, steps, 132, view(60), address);
    persistent_norm_args sum{};
    std::memcpy(&sum, table[1].args, sizeof sum);
    EXPECT_EQ(table[0].kind, sum.splits == 0 ? STEP_LINEAR_W8A8_NARROW : STEP_LINEAR_W8A8_PARTS);
    EXPECT_EQ(table[0].buffers[5], sum.splits == 0 ? 20000000U : 60000000U);
    EXPECT_EQ(table[0].weights, 0);
    EXPECT_EQ(persistent_parts_bytes(kPersistentMid, steps, 132),
              static_cast<std::size_t>(sum.splits) * static_cast<std::size_t>(rows * outputs) * 4);
    return sum.splits;
  };
  EXPECT_EQ(splits(256, 768, 3072), 2);
  EXPECT_EQ(splits(320, 768, 3072), 2);
  EXPECT_EQ(splits(256, 1024, 4096), 2);
  EXPECT_EQ(splits(384, 768, 3072), 0);   // 72 tiles
  EXPECT_EQ(splits(320, 1024, 4096), 0);  // 80
  EXPECT_EQ(splits(256, 768, 768), 0);    // 6 stages
  EXPECT_EQ(splits(256, 704, 3072), 0);   // a padded tile
  EXPECT_EQ(splits(256, 768, 3200), 0);   // 25 stages
}

TEST(PersistentTable, SharesOutNoShortInputsInLargerBatches) {
  std::vector<PersistentStep> steps = product_and_norm(768, 768, 50);
  steps[0].kind = STEP_LINEAR_W8A8;
  for (const auto& [weights, kind] :
       {std::pair{13, STEP_LINEAR_W8A8_GELU_QUANTIZE}, std::pair{14, STEP_LINEAR_W8A8},
        std::pair{15, STEP_LINEAR_W8A8_GELU_QUANTIZE}}) {
    steps.push_back(product(kind, static_cast<std::uint64_t>(weights), 20));
    steps.back().args = steps[0].args;
  }
  // Its buffers end where a step's do; and its arguments stay whole.
  steps.push_back(product(STEP_LINEAR_W8A8_QUANTIZE_QKV, 16, 20));
  steps.back().args.resize(sizeof(linear_w8a8_quantize_qkv_args));
  steps.back().args.back() = std::byte{7};
  const std::vector<step> table = persistent_table(kPersistentMid, steps, 132, nullptr, address);
  const std::uint64_t ahead[] = {14000256, 0, 15000256, 16000256, 0, 0};
  ASSERT_EQ(table.size(), std::size(ahead));
  for (std::size_t i = 0; i < table.size(); ++i) {
    EXPECT_EQ(table[i].kind, steps[i].kind) << i;
    EXPECT_EQ(table[i].weights, 0) << i;
    EXPECT_EQ(table[i].ahead, ahead[i]) << i;
  }
  abi_uint last = 0;
  std::memcpy(&last, reinterpret_cast<const std::byte*>(table[5].args) + steps[5].args.size() - 4,
              4);
  EXPECT_EQ(last, 7U << 24);
  persistent_norm_args sum{};
  std::memcpy(&sum, table[1].args, sizeof sum);
  EXPECT_EQ(sum.cols, 768);
  EXPECT_EQ(sum.splits, 0);
  EXPECT_EQ(table[1].buffers[STEP_NORM_X], 20000000U);
  EXPECT_EQ(table[1].buffers[STEP_NORM_SCALES], 50000000U);
  EXPECT_EQ(persistent_parts_bytes(kPersistentMid, steps, 132), 0U);
  EXPECT_GT(persistent_parts_bytes(kPersistentOne, steps, 132), 0U);
}

TEST(PersistentTable, LetsWeightsComeFromTwinToTwin) {
  const linear_w8a8_args linear{128, 3072, 768, 768, 1, 1, 1, 1, 1, 3072, 1};
  const auto bytes = std::as_bytes(std::span(&linear, 1));
  PersistentStep fc1 = product(STEP_LINEAR_W8A8_GELU_QUANTIZE, 12, 3);
  fc1.args.assign(bytes.begin(), bytes.end());
  const std::vector<PersistentStep> pair = product_and_norm(768, 3072, 50);
  const PersistentStep between = norm(STEP_QUANTIZE_TOKENS, 2);
  const std::vector<PersistentStep> steps{fc1,     pair[0], pair[1], fc1,    between,
                                          between, fc1,     pair[0], pair[1]};
  const std::vector<step> table = persistent_table(kPersistentOne, steps, 132, view(60), address);
  const abi_int weights[] = {2, 1 + 4, 0, 1, 0, 0, 2, 1, 0};
  for (std::size_t i = 0; i < table.size(); ++i) EXPECT_EQ(table[i].weights, weights[i]) << i;
}

TEST(PersistentTimes, AddsUpTheStepsOfALaunch) {
  const std::vector<PersistentStep> steps{norm(STEP_ADD_LAYER_NORM_F16, 3),
                                          norm(STEP_ADD_LAYER_NORM_F16, 3)};
  // [step][work-group][begin, end]; the second unit's clock wraps.
  const std::uint32_t clocks[] = {100, 150, 0xfffffff0U, 0x10, 300, 310, 0xb0, 0xc4};
  PersistentTimes times;
  times.add(steps, clocks, 2);
  ASSERT_EQ(times.totals().size(), 1U);
  const PersistentTimes::Total& total = times.totals().begin()->second;
  EXPECT_EQ(total.count, 2U);
  EXPECT_EQ(total.clocks, (200 + 192) / 2 + 20);
  EXPECT_EQ(total.longest, 50 + 20);
  EXPECT_EQ(total.mean, (50 + 32) / 2 + (10 + 20) / 2);
}

}  // namespace
}  // namespace zerocl::ops
