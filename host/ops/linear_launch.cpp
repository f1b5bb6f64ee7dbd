#include "host/ops/linear_launch.h"

#include <fmt/format.h>

#include <limits>

#include "host/error.h"
#include "host/ops/tuning.h"

namespace zerocl::ops {
namespace {

// Launches are rounded up to whole tiles, and kernels count in int.
constexpr std::int64_t kCountLimit = std::numeric_limits<std::int32_t>::max() - 1024;
constexpr std::int64_t kTileRows = 8;
// Row tiles that go over a panel of weights before the next panel. Two read the weights half as
// often as one; more write too many rows in turn for the cache of address translations (a third of
// the speed at M = 1024, N = 1536, K = 384).
constexpr std::int64_t kTilesInTurn = 2;

std::size_t items(std::int64_t count) {
  return static_cast<std::size_t>(count);
}

// The two kernels of a GPU shape. The cost is a rule, 1 or 2: tiles where they are filled and
// enough to occupy the device.
class GroupTiles final : public TileSet {
 public:
  static constexpr std::size_t kTile = 0, kFew = 1;

  GroupTiles(const LinearGroupShape& group, std::string_view variant)
      : group_(group), kernels_{std::string(variant), std::string(variant) + "_few"} {}
  std::size_t size() const override { return 2; }
  std::string_view kernel(std::size_t i) const override { return kernels_[i]; }
  double cost(std::size_t i, const LinearShape& shape, std::int64_t units) const override {
    const std::int64_t tiles =
        divide_up(shape.outputs, group_.tile) * divide_up(shape.rows, group_.tile);
    const std::size_t wanted = 2 * shape.rows > group_.tile && tiles >= units ? kTile : kFew;
    return i == wanted ? 1 : 2;
  }

 private:
  const LinearGroupShape& group_;
  std::string kernels_[2];
};

}  // namespace

void check_linear_shape(std::string_view op, const LinearShape& shape, std::int64_t inputs_limit) {
  if (shape.rows >= 0 && shape.rows <= kCountLimit && shape.outputs >= 1 &&
      shape.outputs <= kCountLimit && shape.inputs >= 1 && shape.inputs <= inputs_limit)
    return;
  throw Error(fmt::format(
      "{}: x is [{}, {}] and w [{}, {}]; expected 1 to {} inputs, and rows and "
      "outputs up to {}",
      op, shape.rows, shape.inputs, shape.outputs, shape.inputs, inputs_limit, kCountLimit));
}

void check_linear_matrix(std::string_view op, std::string_view name, const Tensor& tensor,
                         std::int64_t rows, std::int64_t cols) {
  if (tensor.dtype == DType::f32 && tensor.rows == rows && tensor.cols == cols && tensor.fits() &&
      tensor.stride <= kCountLimit)
    return;
  throw Error(fmt::format("{}: {} is {} [{}, {}], stride {}, in {} bytes; expected f32 [{}, {}]",
                          op, name, dtype_name(tensor.dtype), tensor.rows, tensor.cols,
                          tensor.stride, tensor.buffer.bytes, rows, cols));
}

void check_linear_buffer(std::string_view op, std::string_view name, const BufferView& buffer,
                         std::size_t bytes) {
  if (buffer && buffer.bytes >= bytes) return;
  throw Error(fmt::format("{}: {} has {} bytes; expected {}", op, name, buffer.bytes, bytes));
}

void check_linear_bias(std::string_view op, const BufferView& bias, std::int64_t outputs) {
  if (bias) check_linear_buffer(op, "bias", bias, sizeof(float) * items(outputs));
}

LinearLaunch linear_panel_launch(std::string_view variant, const LinearShape& shape,
                                 std::int64_t panel) {
  const std::int64_t tiles = divide_up(shape.rows, kTileRows);
  const std::int64_t turn = tiles < kTilesInTurn ? tiles : kTilesInTurn;
  const std::int64_t turns = turn == 0 ? 0 : divide_up(tiles, turn);
  return {std::string(variant),
          {items(turn), items(divide_up(shape.outputs, panel)), items(turns)},
          {1, 1, 1}};
}

LinearLaunch linear_group_launch(std::string_view op, const LinearShape& shape,
                                 const LinearGroupShape& group, const DeviceFacts& facts,
                                 std::string_view variant) {
  const GroupTiles tiles(group, variant);
  const std::size_t chosen = choose_tile(facts, op, tiles, shape);
  const std::string kernel(tiles.kernel(chosen));
  if (chosen == GroupTiles::kTile)
    return {kernel,
            {items(divide_up(shape.outputs, group.tile) * group.size),
             items(divide_up(shape.rows, group.tile)), 1},
            {items(group.size), 1, 1}};
  return {kernel,
          {items(divide_up(shape.outputs, group.few_outputs) * group.few_size),
           items(divide_up(shape.rows, group.few_rows)), 1},
          {items(group.few_size), 1, 1}};
}

}  // namespace zerocl::ops
