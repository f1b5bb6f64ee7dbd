#include "host/ops/store_kv.h"

#include <gtest/gtest.h>

#include "engine/verify/cases/attention_case.h"
#include "tests/ops/family_test.h"

namespace zerocl {

KernelFamily store_kv_family();

TEST(StoreKv, DeviceHasTheBitsOfTheReference) {
  check_family(store_kv_family());
}

// Rows of a wider matrix, and the rows of other calls, which stay.
TEST(StoreKv, TakesStridedRowsAndKeepsOthers) {
  Queue& queue = shared_queue();
  const AttentionBatch batch{{{3, 62}}, 1, 4, true};
  for (const char* variant : {"", "group"}) {
    SCOPED_TRACE(variant);
    const DeviceAttention device =
        make_device_attention(queue, batch, ops::KvCacheShape::Type::f32, variant);
    ops::KvRows before;
    before.keys.assign(62 * 4, 5.0f);
    before.values.assign(62 * 4, 6.0f);
    const std::vector<std::int32_t> blocks = batch.blocks(0);
    ops::write_kv(queue, device.shape, device.layer, blocks, 0, 62, before);

    const DeviceF32 wide = upload(queue, make_matrix(1, 3, 20, Fill::random));
    const Tensor qkv(wide.buffer, DType::f32, 3, 12, 20);
    ops::store_kv(queue, qkv, device.sequences, device.shape, device.layer, variant);
    const ops::KvRows rows = ops::read_kv(queue, device.shape, device.layer, blocks, 0, 65);
    const reference::MatrixF values = make_matrix(1, 3, 20, Fill::random);
    for (std::size_t i = 0; i < before.keys.size(); ++i) {
      ASSERT_EQ(rows.keys[i], 5.0f) << i;
      ASSERT_EQ(rows.values[i], 6.0f) << i;
    }
    for (std::int64_t r = 0; r < 3; ++r)
      for (std::int64_t d = 0; d < 4; ++d) {
        const auto at = static_cast<std::size_t>((62 + r) * 4 + d);
        EXPECT_EQ(rows.keys[at], values(r, 4 + d));
        EXPECT_EQ(rows.values[at], values(r, 8 + d));
      }
  }
}

TEST(StoreKv, RefusesWrongShapes) {
  Queue& queue = shared_queue();
  const AttentionBatch batch{{{5, 0}}, 2, 8, true};
  const DeviceAttention device =
      make_device_attention(queue, batch, ops::KvCacheShape::Type::f32, "");
  const DeviceF32 qkv = allocate_f32(queue, 5, 48), narrow = allocate_f32(queue, 5, 40);
  ops::KvCacheShape i8 = device.shape;
  i8.type = ops::KvCacheShape::Type::i8;
  const auto call = [&](const DeviceF32& x, const ops::KvCacheShape& shape,
                        const ops::Sequences& sequences) {
    return [&queue, &device, &x, shape, sequences] {
      ops::store_kv(queue, x.tensor, sequences, shape, device.layer, "");
    };
  };
  expect_error(call(narrow, device.shape, device.sequences), {"store_kv", "expected f32 [5, 48]"});
  expect_error(call(qkv, i8, device.sequences), {"store_kv", "holds INT8 codes"});
  ops::WordUpload memory;
  const std::vector<ops::SequenceInput> without_blocks = {{5, 0, {}}};
  expect_error(call(qkv, device.shape, ops::make_sequences(queue, without_blocks, memory)),
               {"store_kv", "0: none"});
}

}  // namespace zerocl
