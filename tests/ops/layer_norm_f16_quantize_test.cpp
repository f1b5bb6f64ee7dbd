#include "host/ops/layer_norm_f16_quantize.h"

#include <gtest/gtest.h>

#include "engine/verify/cases/f16_case.h"
#include "engine/verify/cases/row_case.h"
#include "engine/verify/cases/row_inputs.h"
#include "reference/layer_norm_f16_quantize.h"
#include "reference/moments.h"
#include "reference/quantize_tokens.h"
#include "tests/ops/family_test.h"

namespace zerocl {

KernelFamily layer_norm_f16_quantize_family();

TEST(LayerNormF16Quantize, DeviceHasTheBitsOfTheReference) {
  check_family(layer_norm_f16_quantize_family());
}

// Codes of what is rounded to f16 would be others.
TEST(LayerNormF16Quantize, ReferenceQuantizesWhatIsNotRounded) {
  const reference::MatrixF x = make_matrix(16, 5, 70, Fill::random);
  const std::vector<float> gamma = make_vector(17, 70, 1.0f), beta = make_vector(18, 70, 0.0f);
  const reference::LayerNormF16Quantize out =
      reference::layer_norm_f16_quantize(x, gamma, beta, 1e-5f, 16);
  const reference::MatrixF y = reference::norm64(x, gamma, beta, 1e-5f);
  EXPECT_EQ(out.y, reference::to_f16(y));
  const reference::Quantized q = reference::quantize_tokens(y, 16);
  EXPECT_EQ(out.q.codes, q.codes);
  EXPECT_EQ(out.q.scales, q.scales);
  EXPECT_NE(out.q.scales, reference::quantize_tokens(reference::from_f16(out.y), 16).scales);
}

TEST(LayerNormF16Quantize, RefusesWrongShapes) {
  Queue& queue = shared_queue();
  const DeviceF32 x = allocate_f32(queue, 3, 20);
  const DeviceCodes q = allocate_codes(queue, 3, 20, 20, ops::CodesLayout::i8);
  const DeviceCodes wide = allocate_codes(queue, 3, 21, 20, ops::CodesLayout::u8);
  const Buffer gamma = allocate_i32(queue, 20);
  const auto call = [&](const ops::F16Matrix& y, const ops::Codes& codes) {
    return [&queue, &x, &gamma, y, codes] {
      ops::layer_norm_f16_quantize(queue, x.tensor, gamma, gamma, 1e-5f, &y, codes);
    };
  };
  const DeviceF16 y = allocate_f16(queue, 3, 20, ops::F16Layout::rows);
  const DeviceF16 few = allocate_f16(queue, 2, 20, ops::F16Layout::rows);
  const DeviceF16 tiles = allocate_f16(queue, 3, 20, ops::F16Layout::tiles);
  expect_error(call(y.view, wide.view), {"layer_norm_f16_quantize", "u8 [3, 21]", "[3, 20]"});
  expect_error(call(few.view, q.view), {"layer_norm_f16_quantize", "y is f16 [2, 20]"});
  expect_error(call(tiles.view, q.view), {"layer_norm_f16_quantize", "y lies in tiles"});
  expect_error(call({x.buffer, 3, 20}, q.view), {"layer_norm_f16_quantize", "same buffer"});
}

}  // namespace zerocl
