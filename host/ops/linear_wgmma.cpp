#include "host/ops/linear_wgmma.h"

#include <algorithm>
#include <string>

#include "cl_kernels/abi/layouts.h"

namespace zerocl::ops {
namespace {

std::int64_t tiles_of(const WgmmaTile& tile, const LinearShape& shape) {
  const std::int64_t padded = CODES_TILES_STRIDE(shape.outputs);  // tiles cover the padding
  return divide_up(shape.rows, tile.rows) * divide_up(padded, tile.outputs);
}

std::int64_t cost_of(const WgmmaTile& tile, const LinearShape& shape, std::int64_t units) {
  const std::int64_t rounds = divide_up(tiles_of(tile, shape), tile.resident * units);
  const std::int64_t stages = divide_up(shape.inputs, CODES_TILE);
  return (rounds * (stages * tile.stage_cost + tile.tile_cost) + tile.last_cost) * tile.resident;
}

}  // namespace

LinearLaunch wgmma_launch(const LinearShape& shape, std::span<const WgmmaTile> tiles,
                          std::uint32_t compute_units) {
  const std::int64_t units = std::max<std::int64_t>(compute_units, 1);
  const WgmmaTile& best = *std::min_element(
      tiles.begin(), tiles.end(), [&](const WgmmaTile& a, const WgmmaTile& b) {
        return cost_of(a, shape, units) < cost_of(b, shape, units);
      });
  const auto work_groups =
      static_cast<std::size_t>(std::min(tiles_of(best, shape), best.resident * units));
  const auto items = static_cast<std::size_t>(best.items);
  return {std::string(best.variant), {work_groups * items, 1, 1}, {items, 1, 1}};
}

}  // namespace zerocl::ops
