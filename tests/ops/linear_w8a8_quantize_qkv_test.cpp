#include "host/ops/linear_w8a8_quantize_qkv.h"

#include <gtest/gtest.h>

#include "tests/ops/family_test.h"

namespace zerocl {

KernelFamily linear_w8a8_quantize_qkv_family();

TEST(LinearW8A8QuantizeQkv, DeviceHasTheBitsOfTheReference) {
  check_family(linear_w8a8_quantize_qkv_family());
}

TEST(LinearW8A8QuantizeQkv, IsFusedWhereTheKernelCanDoIt) {
  DeviceFacts facts;
  facts.is_gpu = true;
  facts.nvidia_sm_major = 9;
  ops::KvCacheShape shape;
  const auto can = [&](ops::LinearW8A8Groups groups, std::int64_t heads, std::int64_t size) {
    shape.heads = heads;
    shape.head_size = size;
    return ops::can_fuse_linear_w8a8_quantize_qkv(facts, groups, shape);
  };
  EXPECT_TRUE(can({768, 768, 768}, 12, 64));
  EXPECT_TRUE(can({384, 384, 384}, 12, 32));
  EXPECT_FALSE(can({768, 768, 768}, 12, 80));  // heads across tiles
  EXPECT_FALSE(can({768, 768, 768}, 3, 32));   // rows of q with padding
  EXPECT_TRUE(can({768, 128, 768}, 12, 64));   // groups along K: whole tiles of 128
  EXPECT_TRUE(can({768, 128, 128}, 12, 64));
  EXPECT_TRUE(can({384, 384, 128}, 12, 32));
  EXPECT_FALSE(can({768, 64, 768}, 12, 64));
  EXPECT_FALSE(can({768, 768, 16}, 12, 64));
  facts.nvidia_sm_major = 8;
  EXPECT_FALSE(can({768, 768, 768}, 12, 64));
}

TEST(LinearW8A8QuantizeQkv, GroupsAlongTheInputsHaveTheirOwnKernels) {
  const auto names = [](std::int64_t size, const ops::LinearW8A8Groups& groups) {
    std::vector<std::string> out;
    for (const KernelId& id : ops::linear_w8a8_quantize_qkv_kernels(size, groups))
      out.push_back(id.variant);
    return out;
  };
  using Names = std::vector<std::string>;
  EXPECT_EQ(names(64, {768, 768, 768}), (Names{"wgmma", "wgmma_still", "wgmma_few"}));
  EXPECT_EQ(names(128, {768, 768, 768}), (Names{"wgmma_d128", "wgmma_still_d128"}));
  EXPECT_EQ(names(64, {768, 128, 768}), (Names{"wgmma_groups", "wgmma_groups_few"}));
  EXPECT_EQ(names(32, {768, 768, 128}), (Names{"wgmma_groups_d32", "wgmma_groups_few_d32"}));
  EXPECT_EQ(names(128, {768, 128, 128}), (Names{"wgmma_groups_d128"}));
}

}  // namespace zerocl
