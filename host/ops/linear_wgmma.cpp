#include "host/ops/linear_wgmma.h"

#include <algorithm>
#include <string>
#include <vector>

#include "cl_kernels/abi/layouts.h"
#include "host/ops/persistent.h"
#include "host/ops/tuning.h"

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

class WgmmaTiles final : public TileSet {
 public:
  explicit WgmmaTiles(std::span<const WgmmaTile> tiles) : tiles_(tiles) {}
  std::size_t size() const override { return tiles_.size(); }
  std::string_view kernel(std::size_t i) const override { return tiles_[i].variant; }
  double cost(std::size_t i, const LinearShape& shape, std::int64_t units) const override {
    return static_cast<double>(cost_of(tiles_[i], shape, units));
  }

 private:
  std::span<const WgmmaTile> tiles_;
};

// The tiles whose kernels the persistent kernel knows.
std::vector<WgmmaTile> gathered(std::string_view op, std::span<const WgmmaTile> tiles) {
  std::vector<WgmmaTile> small;
  for (const WgmmaTile& tile : tiles)
    if (Persistent::knows(op, tile.variant)) small.push_back(tile);
  return small;
}

}  // namespace

LinearLaunch wgmma_launch(std::string_view op, const LinearShape& shape,
                          std::span<const WgmmaTile> tiles, const DeviceFacts& facts,
                          bool gathering) {
  const std::int64_t units = std::max<std::int64_t>(facts.compute_units, 1);
  const std::vector<WgmmaTile> small = gathering ? gathered(op, tiles) : std::vector<WgmmaTile>();
  const WgmmaTile& best = small.empty() ? tiles[choose_tile(facts, op, WgmmaTiles(tiles), shape)]
                                        : small[cheapest_tile(WgmmaTiles(small), shape, units)];
  const auto work_groups =
      static_cast<std::size_t>(std::min(tiles_of(best, shape), best.resident * units));
  const auto items = static_cast<std::size_t>(best.items);
  return {std::string(best.variant), {work_groups * items, 1, 1}, {items, 1, 1}};
}

}  // namespace zerocl::ops
