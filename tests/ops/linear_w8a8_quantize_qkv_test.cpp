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
  EXPECT_FALSE(can({768, 128, 768}, 12, 64));  // groups along K
  facts.nvidia_sm_major = 8;
  EXPECT_FALSE(can({768, 768, 768}, 12, 64));
}

}  // namespace zerocl
