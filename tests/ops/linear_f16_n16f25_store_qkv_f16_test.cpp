#include "host/ops/linear_f16_n16f25_store_qkv_f16.h"

#include <gtest/gtest.h>

#include "engine/verify/cases/attention_case.h"
#include "engine/verify/cases/linear_f16_operands.h"
#include "tests/ops/family_test.h"

namespace zerocl {

KernelFamily linear_f16_n16f25_store_qkv_f16_family();

TEST(LinearF16N16F25StoreQkvF16, DeviceHasTheBitsOfTheReference) {
  check_family(linear_f16_n16f25_store_qkv_f16_family());
}

TEST(LinearF16N16F25StoreQkvF16, RefusesWrongOperands) {
  Queue& queue = shared_queue();
  const AttentionBatch batch{{{3, 0}}, 1, 16, false};
  const DeviceAttention device =
      make_device_attention(queue, batch, ops::KvCacheShape::Type::f16, "group");
  const auto x = reference::to_f16(make_matrix(1, 3, 8, Fill::random));
  const auto w = reference::to_f16(make_matrix(2, 48, 8, Fill::random));
  const LinearF16Operands operands = upload_linear_f16(queue, "group", x, w, {});
  const DeviceF16 q = allocate_f16(queue, 3, 16, ops::F16Layout::rows);
  const DeviceF16 tiles = allocate_f16(queue, 3, 16, ops::F16Layout::tiles);
  const auto call = [&](const DeviceF16& to) {
    return [&] {
      ops::linear_f16_n16f25_store_qkv_f16(queue, operands.x.view, operands.weight,
                                           device.sequences, device.shape, device.layer, to.view);
    };
  };
  expect_error(call(tiles), {"linear_f16_n16f25_store_qkv_f16", "expected rows"});
  expect_error(call(q), {"linear_f16_n16f25_store_qkv_f16", "expected [48, 8] in 'tiles'"});
}

}  // namespace zerocl
