#include "host/ops/persistent.h"

#include <gtest/gtest.h>

#include "cl_kernels/abi/attention_i8.h"
#include "cl_kernels/abi/quantize_tokens.h"

namespace zerocl::ops {
namespace {

// Buffers that exist for this test's eyes alone: nothing here runs.
BufferView view(std::uint64_t root_id) {
  // NOLINTNEXTLINE(performance-no-int-to-ptr): a handle that is not null and never used
  return {reinterpret_cast<cl_mem>(std::uintptr_t{16}), 64, nullptr, 0, root_id};
}

template <class Args>
bool takes(const KernelId& id, std::vector<BufferView> buffers, const Args& args) {
  Persistent persistent(4);
  const bool taken =
      persistent.take({id, {512, 1, 1}, {128, 1, 1}, buffers, std::as_bytes(std::span(&args, 1))});
  EXPECT_EQ(persistent.empty(), !taken);
  return taken;
}

TEST(Persistent, TakesTheKernelsWhoseCodeItHolds) {
  const quantize_tokens_args args{};
  EXPECT_TRUE(takes({"quantize_tokens", "warp"}, {view(1), view(2), view(3)}, args));
  EXPECT_FALSE(takes({"quantize_tokens", "group"}, {view(1), view(2), view(3)}, args));
  EXPECT_FALSE(takes({"gelu", ""}, {view(1), view(2), view(3)}, args));
}

TEST(Persistent, LeavesBuffersWhoseAddressMayChangeToTheQueue) {
  const quantize_tokens_args args{};
  EXPECT_TRUE(takes({"quantize_tokens", "warp"}, {view(1), nullptr, view(3)}, args));
  EXPECT_FALSE(takes({"quantize_tokens", "warp"}, {view(1), view(0), view(3)}, args));
}

TEST(Persistent, TakesAttentionOfHeadsThatNeedNoCareAtTheirEnds) {
  const auto attention = [](abi_int size, abi_int stride) {
    const attention_i8_args args{.heads = 2,
                                 .head_size = size,
                                 .q_stride = stride,
                                 .y_stride = 2 * size,
                                 .causal = 0,
                                 .scale = 1.0f};
    return takes({"attention_i8", "mma"}, std::vector<BufferView>(10, view(1)), args);
  };
  EXPECT_TRUE(attention(64, 128));
  EXPECT_TRUE(attention(32, 64));
  EXPECT_FALSE(attention(48, 128));
  EXPECT_FALSE(attention(64, 136));
}

TEST(Persistent, IsRefusedWhereThereIsNoHopper) {
  DeviceFacts cpu;
  EXPECT_TRUE(kPersistentVariants[0].refusal(cpu).has_value());
}

}  // namespace
}  // namespace zerocl::ops
