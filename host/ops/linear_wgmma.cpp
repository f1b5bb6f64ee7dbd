#include "host/ops/linear_wgmma.h"

#include <algorithm>
#include <string>
#include <vector>

#include "cl_kernels/abi/layouts.h"
#include "cl_kernels/abi/linear_w8a8.h"
#include "host/ops/tuning.h"

namespace zerocl::ops {
namespace {

std::int64_t across_of(const WgmmaTile& tile, const LinearShape& shape) {
  return divide_up(CODES_TILES_STRIDE(shape.outputs), tile.outputs);  // the padding, too
}

bool serves(const WgmmaTile& tile, const LinearShape& shape, std::int64_t units) {
  return !tile.still ||
         (shape.inputs <= LINEAR_W8A8_STILL_INPUTS && across_of(tile, shape) <= units);
}

// Work-groups, all resident, and the most tiles that one of them has.
struct Work {
  std::int64_t groups, rounds;
};
Work work_of(const WgmmaTile& tile, const LinearShape& shape, std::int64_t units) {
  const std::int64_t across = across_of(tile, shape), down = divide_up(shape.rows, tile.rows);
  if (tile.still) {
    // A table's device may hold less than a set: the cost of one is what it tells.
    const std::int64_t sets = std::min(std::max<std::int64_t>(units / across, 1), down);
    return {sets * across, sets == 0 ? 0 : divide_up(down, sets)};
  }
  const std::int64_t resident = tile.resident * units;
  return {std::min(down * across, resident), divide_up(down * across, resident)};
}

std::int64_t cost_of(const WgmmaTile& tile, const LinearShape& shape, std::int64_t units) {
  const std::int64_t rounds = work_of(tile, shape, units).rounds;
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

// The tiles that can do it; where launches are gathered, those whose kernels the gatherer knows, if
// there are any.
std::vector<WgmmaTile> candidates(std::string_view op, const LinearShape& shape,
                                  std::span<const WgmmaTile> tiles, std::int64_t units,
                                  const LaunchGatherer* gatherer) {
  std::vector<WgmmaTile> all, gathered;
  for (const WgmmaTile& tile : tiles) {
    if (!serves(tile, shape, units)) continue;
    all.push_back(tile);
    if (gatherer != nullptr && gatherer->knows(op, tile.variant)) gathered.push_back(tile);
  }
  return gathered.empty() ? all : gathered;
}

}  // namespace

LinearLaunch wgmma_launch(std::string_view op, const LinearShape& shape,
                          std::span<const WgmmaTile> tiles, const DeviceFacts& facts,
                          const LaunchGatherer* gatherer) {
  const std::int64_t units = std::max<std::int64_t>(facts.compute_units, 1);
  const std::vector<WgmmaTile> all = candidates(op, shape, tiles, units, gatherer);
  const WgmmaTiles set(all);
  const bool gathered = gatherer != nullptr && gatherer->knows(op, all.front().variant);
  const WgmmaTile& best =
      all[gathered ? cheapest_tile(set, shape, units) : choose_tile(facts, op, set, shape)];
  const auto work_groups = static_cast<std::size_t>(work_of(best, shape, units).groups);
  const auto items = static_cast<std::size_t>(best.items);
  return {std::string(best.variant), {work_groups * items, 1, 1}, {items, 1, 1}};
}

}  // namespace zerocl::ops
