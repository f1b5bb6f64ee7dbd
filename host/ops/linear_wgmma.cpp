#include "host/ops/linear_wgmma.h"

#include <algorithm>
#include <string>
#include <utility>

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

LinearLaunch wgmma_launch(const Queue& queue, const LinearShape& shape,
                          std::span<const WgmmaTile> tiles) {
  const std::int64_t units = std::max<std::int64_t>(queue.facts().compute_units, 1);
  // What can be gathered comes before all else, whatever it costs.
  const auto cost = [&](const WgmmaTile& tile) {
    const bool small = tile.variant == "wgmma_few" || tile.variant == "wgmma_narrow";
    return std::pair(queue.gathering() && !small, cost_of(tile, shape, units));
  };
  const WgmmaTile& best =
      *std::min_element(tiles.begin(), tiles.end(),
                        [&](const WgmmaTile& a, const WgmmaTile& b) { return cost(a) < cost(b); });
  const auto work_groups =
      static_cast<std::size_t>(std::min(tiles_of(best, shape), best.resident * units));
  const auto items = static_cast<std::size_t>(best.items);
  return {std::string(best.variant), {work_groups * items, 1, 1}, {items, 1, 1}};
}

}  // namespace zerocl::ops
