#include "host/ops/linear_w8a8_add_layer_norm_f16_quantize.h"

#include <gtest/gtest.h>

#include "engine/verify/cases/f16_case.h"
#include "engine/verify/cases/linear_w8a8_operands.h"
#include "engine/verify/cases/row_inputs.h"
#include "host/error.h"
#include "host/ops/add_layer_norm_f16_quantize.h"
#include "reference/linear_w8a8_add_layer_norm_f16_quantize.h"
#include "tests/ops/family_test.h"

namespace zerocl {

KernelFamily linear_w8a8_add_layer_norm_f16_quantize_family();

TEST(LinearW8A8AddLayerNormF16Quantize, DeviceHasTheBitsOfTheReference) {
  check_family(linear_w8a8_add_layer_norm_f16_quantize_family());
}

TEST(LinearW8A8AddLayerNormF16Quantize, IsFusedWhereTheKernelCanDoIt) {
  DeviceFacts facts;
  facts.is_gpu = true;
  facts.nvidia_sm_major = 9;
  facts.compute_units = 132;
  const auto can = [&](ops::LinearW8A8Groups groups, std::int64_t outputs, std::int64_t group) {
    return ops::can_fuse_linear_w8a8_add_layer_norm_f16_quantize(facts, groups, outputs, group);
  };
  EXPECT_TRUE(can({768, 768, 768}, 768, 768));
  EXPECT_TRUE(can({3072, 3072, 3072}, 768, 768));
  EXPECT_TRUE(can({4096, 4096, 4096}, 1024, 1024));
  EXPECT_TRUE(can({4096, 4096, 4096}, 4096, 4096));
  EXPECT_FALSE(can({768, 768, 768}, 4104, 4104));
  EXPECT_FALSE(can({768, 768, 768}, 772, 772));  // eights are whole
  EXPECT_FALSE(can({768, 768, 768}, 768, 128));  // several scales a row
  EXPECT_FALSE(can({768, 128, 768}, 768, 768));  // groups along K
  EXPECT_FALSE(can({768, 768, 128}, 768, 768));
  // A row's work-groups are resident.
  facts.compute_units = 12;
  EXPECT_TRUE(can({768, 768, 768}, 768, 768));
  EXPECT_FALSE(can({768, 768, 768}, 776, 776));
  facts.compute_units = 132;
  facts.nvidia_sm_major = 8;
  EXPECT_FALSE(can({768, 768, 768}, 768, 768));
}

// What runs where the fused one cannot: the same operands, the two steps, the same bits.
TEST(LinearW8A8AddLayerNormF16Quantize, StepsGiveItsBits) {
  Queue& queue = shared_queue();
  const std::int64_t rows = 21, outputs = 72, inputs = 96;
  const auto x = make_quantized(1, rows, inputs, inputs, Fill::special);
  const auto w = make_quantized(2, outputs, inputs, inputs, Fill::random);
  const auto bias = make_vector(3, outputs, 0.5f), gamma = make_vector(4, outputs, 1.0f),
             beta = make_vector(5, outputs, 0.0f);
  const auto residual = reference::to_f16(make_matrix(6, rows, outputs, Fill::random));
  const reference::LayerNormF16Quantize want = reference::linear_w8a8_add_layer_norm_f16_quantize(
      x, w, bias, residual, gamma, beta, 1e-5f, outputs);

  const std::string variant(ops::choose_linear_w8a8(queue.facts(), {inputs, inputs, inputs}).name);
  const LinearW8A8Operands operands = upload_linear_w8a8(queue, variant, x, w, bias);
  const DeviceF32 product = allocate_f32(queue, rows, outputs);
  const DeviceF16 r = upload_f16(queue, residual, ops::F16Layout::rows),
                  y = allocate_f16(queue, rows, outputs, ops::F16Layout::rows);
  const Buffer g = upload(queue, std::span<const float>(gamma)),
               b = upload(queue, std::span<const float>(beta));
  const DeviceCodes q = allocate_codes(queue, rows, outputs, outputs, ops::CodesLayout::i8);
  ops::linear_w8a8(queue, operands.x.view, operands.weight, product.tensor);
  ops::add_layer_norm_f16_quantize(queue, product.tensor, r.view, g, b, 1e-5f, &y.view, q.view);
  std::vector<HostTensor> wanted, got;
  expected_f16("y", want.y, ops::F16Layout::rows, wanted);
  expected("q", want.q, ops::CodesLayout::i8, wanted);
  download_f16(queue, "y", y.view, got);
  download(queue, "q", q.view, got);
  ASSERT_EQ(got.size(), wanted.size());
  for (std::size_t i = 0; i < got.size(); ++i) EXPECT_EQ(got[i].data, wanted[i].data);
}

TEST(LinearW8A8AddLayerNormF16Quantize, RefusesWhatCannotRunFused) {
  Queue& queue = shared_queue();
  const LinearW8A8Operands operands =
      upload_linear_w8a8(queue, "wgmma", make_quantized(1, 3, 64, 64, Fill::random),
                         make_quantized(2, 8, 64, 64, Fill::random), {});
  const auto matrix = [&](std::int64_t rows) {
    return allocate_f16(queue, rows, 8, ops::F16Layout::rows);
  };
  const DeviceF16 residual = matrix(3), y = matrix(3), wrong = matrix(4);
  const Buffer vector = upload(queue, std::span<const float>(make_vector(4, 8, 1.0f)));
  const Buffer few = upload(queue, std::span<const float>(make_vector(4, 7, 1.0f)));
  const DeviceCodes rows = allocate_codes(queue, 3, 8, 8, ops::CodesLayout::i8);
  const DeviceCodes groups = allocate_codes(queue, 3, 8, 4, ops::CodesLayout::tiles);
  ops::RowMeeting meeting;
  const ops::LinearNorm good{residual.view, vector, vector, 1e-5f, y.view};
  const auto call = [&](const ops::LinearNorm& norm, const ops::Codes& q) {
    return [&queue, &operands, &meeting, norm, q] {
      ops::linear_w8a8_add_layer_norm_f16_quantize(queue, operands.x.view, operands.weight, norm, q,
                                                   meeting);
    };
  };
  const std::string op = "linear_w8a8_add_layer_norm_f16_quantize";
  expect_error(call(good, rows.view), {op, "tiles"});
  expect_error(call(good, groups.view), {op, "4 of 8 outputs"});
  ops::LinearNorm norm = good;
  norm.gamma = few;
  expect_error(call(norm, groups.view), {op, "gamma", "8 elements"});
  norm = good;
  norm.y = wrong.view;
  expect_error(call(norm, groups.view), {op, "y is", "[4, 8]", "[3, 8]"});
  norm.y = residual.view;  // whose rows others still read
  expect_error(call(norm, groups.view), {op, "residual and y", "the same buffer"});
  const auto lies_in = [](ops::F16Matrix moved, BufferView view) {
    moved.buffer = view;
    return moved;
  };
  const Buffer large(*queue.context(), 1 << 15);
  ops::Codes inside = groups.view;
  inside.codes.buffer = large;
  norm.y = lies_in(y.view, large);
  expect_error(call(norm, inside), {op, "q and y", "the same buffer"});
  norm.y = lies_in(y.view, operands.x.view.codes.buffer);
  expect_error(call(norm, groups.view), {op, "x and y", "the same buffer"});
  norm = good;
  norm.residual.buffer = large;
  expect_error(call(norm, inside), {op, "q and residual", "the same buffer"});
}

}  // namespace zerocl
