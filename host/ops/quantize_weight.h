#pragma once

#include <cstdint>
#include <string_view>

#include "host/queue.h"
#include "host/tensor.h"

namespace zerocl::ops {

// Which elements of a weight [N, K] share a scale (NUMERICS.md 3.3).
struct WeightGrouping {
  enum class Kind { per_row, row_groups, k_groups } kind = Kind::per_row;
  std::int64_t count = 0;  // row_groups: how many groups; k_groups: inputs a group

  static WeightGrouping per_row() { return {}; }
  // ZeroQuant's: `groups` >= 1 runs of ceil(N / groups) whole rows, the last one shorter.
  static WeightGrouping row_groups(std::int64_t groups) { return {Kind::row_groups, groups}; }
  // Runs of `inputs` >= 1 elements along K; K where it is larger.
  static WeightGrouping k_groups(std::int64_t inputs) { return {Kind::k_groups, inputs}; }
};

// How many scales a weight [N, K] gets, as a matrix [rows, cols]: [N, 1] per row,
// [ceil(N / ceil(N / groups)), 1] for row groups, [N, ceil(K / inputs)] for groups along K.
struct WeightScaleShape {
  std::int64_t rows = 0, cols = 0;
};
WeightScaleShape weight_scale_shape(std::int64_t rows, std::int64_t cols,
                                    const WeightGrouping& grouping);

// Codes i8 [N, K] without padding, as a file holds them, and scales f32 of w f32 [N, K], N >= 1.
// Runs the kernel of quantize_tokens on views of w. Throws Error naming the shapes.
void quantize_weight(Queue& queue, const Tensor& w, const WeightGrouping& grouping,
                     BufferView codes, BufferView scales, std::string_view variant = {});

}  // namespace zerocl::ops
