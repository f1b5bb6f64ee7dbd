#include "host/ops/layer_norm_f16.h"

#include <gtest/gtest.h>

#include "engine/verify/cases/f16_case.h"
#include "engine/verify/cases/row_case.h"
#include "tests/ops/family_test.h"

namespace zerocl {

KernelFamily layer_norm_f16_family();

TEST(LayerNormF16, DeviceHasTheBitsOfTheReference) {
  check_family(layer_norm_f16_family());
}

TEST(LayerNormF16, RefusesWrongShapes) {
  Queue& queue = shared_queue();
  const DeviceF32 x = allocate_f32(queue, 3, 8), gamma = allocate_f32(queue, 1, 8);
  const DeviceF16 y = allocate_f16(queue, 2, 8, ops::F16Layout::tiles);
  expect_error(
      [&] {
        ops::layer_norm_f16(queue, x.tensor, gamma.buffer, gamma.buffer, 1e-5f, nullptr, &y.view);
      },
      {"layer_norm_f16", "y16", "expected f16 [3, 8]"});
  expect_error(
      [&] {
        ops::layer_norm_f16(queue, x.tensor, gamma.buffer, gamma.buffer, 1e-5f, &x.tensor, nullptr);
      },
      {"layer_norm_f16", "same buffer"});
}

}  // namespace zerocl
