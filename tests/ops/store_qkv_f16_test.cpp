#include "host/ops/store_qkv_f16.h"

#include <gtest/gtest.h>

#include "engine/verify/cases/attention_case.h"
#include "engine/verify/cases/f16_case.h"
#include "reference/store_qkv_f16.h"
#include "tests/ops/family_test.h"

namespace zerocl {

KernelFamily store_qkv_f16_family();

TEST(StoreQkvF16, DeviceHasTheBitsOfTheReference) {
  check_family(store_qkv_f16_family());
}

TEST(StoreQkvF16, ReferenceSplitsAndRounds) {
  reference::MatrixF qkv(1, 6);
  qkv << 1.0f, 0.1f, 2.0f, 1e-9f, -3.0f, 1e9f;
  const auto [q, k, v] = reference::store_qkv_f16(qkv);
  EXPECT_EQ(q(0, 1), 0x2e66);  // 0.1
  EXPECT_EQ(k(0, 0), 0x4000);
  EXPECT_EQ(k(0, 1), 0);
  EXPECT_EQ(v(0, 0), 0xc200);
  EXPECT_EQ(v(0, 1), 0x7c00);
}

// Rows of other calls stay; what was stored comes back as it was written.
TEST(StoreQkvF16, KeepsOtherRows) {
  Queue& queue = shared_queue();
  const AttentionBatch batch{{{3, 62}}, 1, 4, true};
  for (const char* variant : {"", "group"}) {
    SCOPED_TRACE(variant);
    const DeviceAttention device =
        make_device_attention(queue, batch, ops::KvCacheShape::Type::f16, variant);
    ops::KvRows before;
    before.key_halves.assign(62 * 4, 0x3c00);
    before.value_halves.assign(62 * 4, 0x4000);
    const std::vector<std::int32_t> blocks = batch.blocks(0);
    ops::write_kv(queue, device.shape, device.layer, blocks, 0, 62, before);
    const DeviceF32 qkv = upload(queue, make_matrix(1, 3, 12, Fill::random));
    const DeviceF16 q = allocate_f16(queue, 3, 4, ops::F16Layout::rows);
    ops::store_qkv_f16(queue, qkv.tensor, device.sequences, device.shape, device.layer, q.view,
                       variant);
    const ops::KvRows rows = ops::read_kv(queue, device.shape, device.layer, blocks, 0, 65);
    const auto parts = reference::store_qkv_f16(make_matrix(1, 3, 12, Fill::random));
    for (std::size_t i = 0; i < before.key_halves.size(); ++i) {
      ASSERT_EQ(rows.key_halves[i], 0x3c00) << i;
      ASSERT_EQ(rows.value_halves[i], 0x4000) << i;
    }
    for (std::int64_t r = 0; r < 3; ++r)
      for (std::int64_t d = 0; d < 4; ++d) {
        const auto at = static_cast<std::size_t>((62 + r) * 4 + d);
        EXPECT_EQ(rows.key_halves[at], parts.k(r, d));
        EXPECT_EQ(rows.value_halves[at], parts.v(r, d));
      }
  }
}

TEST(StoreQkvF16, RefusesWrongShapes) {
  Queue& queue = shared_queue();
  const AttentionBatch batch{{{5, 0}}, 2, 8, true};
  const DeviceAttention device =
      make_device_attention(queue, batch, ops::KvCacheShape::Type::f16, "");
  const DeviceF32 qkv = allocate_f32(queue, 5, 48), narrow = allocate_f32(queue, 5, 40);
  const DeviceF16 q = allocate_f16(queue, 5, 16, ops::F16Layout::rows);
  const DeviceF16 tiles = allocate_f16(queue, 5, 16, ops::F16Layout::tiles);
  const auto call = [&](const DeviceF32& x, const DeviceF16& to) {
    return [&] {
      ops::store_qkv_f16(queue, x.tensor, device.sequences, device.shape, device.layer, to.view,
                         "");
    };
  };
  expect_error(call(narrow, q), {"store_qkv_f16", "expected f32 [5, 48]"});
  expect_error(call(qkv, tiles), {"store_qkv_f16", "expected rows"});
}

}  // namespace zerocl
