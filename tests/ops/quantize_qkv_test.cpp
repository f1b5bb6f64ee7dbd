#include "host/ops/quantize_qkv.h"

#include <gtest/gtest.h>

#include "engine/verify/cases/attention_case.h"
#include "reference/quantize_qkv.h"
#include "tests/ops/family_test.h"

namespace zerocl {

KernelFamily quantize_qkv_family();

TEST(QuantizeQkv, DeviceHasTheBitsOfTheReference) {
  check_family(quantize_qkv_family());
}

TEST(QuantizeQkv, ReferenceScalesEachHeadOfEachPart) {
  reference::MatrixF qkv(1, 12);  // 2 heads of 2: q q | q q | k k | k k | v v | v v
  qkv << 1.0f, -2.0f, 0.0f, -0.0f, 127.0f, 0.5f, 3.0f, 1.5f, -127.0f, 1.5f, 254.0f, 3.0f;
  const auto [q, k, v] = reference::quantize_qkv(qkv, 2);
  EXPECT_EQ(q.group, 2);
  EXPECT_EQ(q.codes(0, 0), 64);  // 1 * 63.5 = 63.5, to even
  EXPECT_EQ(q.codes(0, 1), -127);
  EXPECT_EQ(q.scales(0, 0), 2.0f * 0x1.020408p-7f);
  EXPECT_EQ(q.scales(0, 1), 0.0f);  // a head of zeros
  EXPECT_EQ(k.codes(0, 1), 0);      // 0.5, to even
  EXPECT_EQ(k.codes(0, 3), 63);     // 1.5 * r, r being less than 127 / 3
  EXPECT_EQ(v.codes(0, 0), -127);
  EXPECT_EQ(v.codes(0, 1), 2);  // 1.5, to even
  EXPECT_EQ(v.codes(0, 3), 2);
}

TEST(QuantizeQkv, RefusesWrongShapes) {
  Queue& queue = shared_queue();
  const AttentionBatch batch{{{5, 0}, {2, 64}}, 2, 8, true};
  const DeviceAttention device =
      make_device_attention(queue, batch, ops::KvCacheShape::Type::i8, "");
  const DeviceF32 qkv = allocate_f32(queue, 7, 48), narrow = allocate_f32(queue, 7, 47),
                  short_one = allocate_f32(queue, 6, 48);
  const DeviceCodes q = allocate_codes(queue, 7, 16, 8, ops::CodesLayout::i16);
  const auto call = [&](const DeviceF32& x, const ops::Codes& codes, const ops::KvCacheShape& shape,
                        std::string_view variant) {
    return [&queue, &device, &x, codes, shape, variant] {
      ops::quantize_qkv(queue, x.tensor, device.sequences, shape, device.layer, codes, variant);
    };
  };
  expect_error(call(narrow, q.view, device.shape, ""),
               {"quantize_qkv", "f32 [7, 47]", "expected f32 [7, 48]"});
  expect_error(call(short_one, q.view, device.shape, ""),
               {"quantize_qkv", "sequences have 7 rows, the matrix 6"});
  expect_error(call(qkv, q.view, device.shape, "group"), {"quantize_qkv", "another layout"});
  expect_error(call(qkv, q.view, device.shape, "no such"), {"quantize_qkv", "no such"});

  ops::KvCacheShape shape = device.shape;
  shape.type = ops::KvCacheShape::Type::f32;
  expect_error(call(qkv, q.view, shape, ""), {"quantize_qkv", "holds floats"});
  shape = device.shape;
  shape.blocks = 1;
  expect_error(call(qkv, q.view, shape, ""), {"quantize_qkv", "the cache has 1"});
  shape.blocks = 1000;
  expect_error(call(qkv, q.view, shape, ""), {"quantize_qkv", "cache's keys have", "1000 blocks"});

  ops::Codes wrong = q.view;
  wrong.group = 16;
  wrong.scales = Tensor(wrong.scales.buffer, DType::f32, 7, 1);
  expect_error(call(qkv, wrong, device.shape, ""), {"quantize_qkv", "groups of 16", "groups of 8"});
  const DeviceCodes bytes = allocate_codes(queue, 7, 16, 8, ops::CodesLayout::i8);
  expect_error(call(qkv, bytes.view, device.shape, ""), {"quantize_qkv", "layout 0", "layout 1"});
}

}  // namespace zerocl
