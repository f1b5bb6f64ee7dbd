#include "host/ops/quantize_weight.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "cl_kernels/abi/quantize_tokens.h"
#include "host/error.h"
#include "host/ops/launch.h"

namespace zerocl::ops {
namespace {

constexpr std::string_view kOp = "quantize_weight";

std::int64_t divide_up(std::int64_t a, std::int64_t b) {
  return (a + b - 1) / b;
}

// A view of a weight: `rows` rows of `cols` elements, as quantize_tokens sees it.
struct View {
  std::int64_t rows = 0, cols = 0, group = 0;
};

View view_of(const Tensor& w, const WeightGrouping& grouping) {
  switch (grouping.kind) {
    case WeightGrouping::Kind::k_groups:
      return {w.rows, w.cols, std::min(grouping.count, w.cols)};
    case WeightGrouping::Kind::row_groups: {
      // Whole rows lie one after another, so a group is a row of the view; where the last one is
      // shorter, the view has one row in groups (which one work-item or work-group then walks).
      const std::int64_t rows = divide_up(w.rows, grouping.count);
      if (w.rows % rows == 0) return {w.rows / rows, rows * w.cols, rows * w.cols};
      return {1, w.elements(), rows * w.cols};
    }
    case WeightGrouping::Kind::per_row:
      break;
  }
  return {w.rows, w.cols, w.cols};
}

}  // namespace

WeightScaleShape weight_scale_shape(std::int64_t rows, std::int64_t cols,
                                    const WeightGrouping& grouping) {
  const bool grouped = grouping.kind != WeightGrouping::Kind::per_row;
  if (rows < 1 || cols < 1 || (grouped && grouping.count < 1))
    throw Error(fmt::format("{}: weight [{}, {}] in groups of {}; expected at least 1 of each", kOp,
                            rows, cols, grouping.count));
  switch (grouping.kind) {
    case WeightGrouping::Kind::row_groups:
      return {divide_up(rows, divide_up(rows, grouping.count)), 1};
    case WeightGrouping::Kind::k_groups:
      return {rows, divide_up(cols, std::min(grouping.count, cols))};
    case WeightGrouping::Kind::per_row:
      break;
  }
  return {rows, 1};
}

void quantize_weight(Queue& queue, const Tensor& w, const WeightGrouping& grouping,
                     BufferView codes, BufferView scales, std::string_view variant) {
  const WeightScaleShape scale_shape = weight_scale_shape(w.rows, w.cols, grouping);
  check_f32(kOp, "w", w, w.rows, w.cols);
  const View view = view_of(w, grouping);
  if (view.cols > std::numeric_limits<std::int32_t>::max())
    throw Error(
        fmt::format("{}: weight [{}, {}] in {} row groups: a group or an uneven weight has "
                    "more than 2^31 elements",
                    kOp, w.rows, w.cols, grouping.count));
  if (codes.bytes < static_cast<std::size_t>(w.elements()))
    throw Error(fmt::format("{}: codes have {} bytes; expected i8 [{}, {}]", kOp, codes.bytes,
                            w.rows, w.cols));
  check_vector(kOp, "scales", scales, scale_shape.rows * scale_shape.cols);
  const quantize_tokens_args args{
      .rows = static_cast<abi_int>(view.rows),
      .cols = static_cast<abi_int>(view.cols),
      .out = {.group = static_cast<abi_int>(view.group),
              .groups = static_cast<abi_int>(groups_of(view.cols, view.group)),
              .stride = static_cast<abi_int>(view.cols),
              .layout = CODES_I8},
  };
  const KernelId kernel = kernel_of(queue, "quantize_tokens", kPortableVariants, variant);
  const LaunchShape shape = row_shape(kernel, view.rows, 256);
  queue.launch(kernel, shape.global, shape.local, {w.buffer, codes, scales}, args);
}

}  // namespace zerocl::ops
