#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "host/device.h"  // DeviceFacts
#include "host/ops/linear_launch.h"
#include "host/queue.h"  // LaunchGatherer

namespace zerocl::ops {

// A kernel on Hopper's tensor cores: its tile of outputs, and what it costs. Costs are clocks of
// one compute unit, fitted to measurements on an H100 and an H200: of a stage of 128 inputs, and of
// a tile besides. Where a work-group's tiles overlap, `last_cost` is what follows the last one's
// products. `still`: all tiles of a work-group have the same outputs (common/linear_wgmma.h).
struct WgmmaTile {
  std::string_view variant;
  std::int64_t rows, outputs;
  std::int64_t items;     // of a work-group
  std::int64_t resident;  // work-groups that a compute unit holds
  std::int64_t stage_cost, tile_cost, last_cost = 0;
  bool still = false;
};

// Of the tiles that can do it: that which is fastest as far as was measured (tuning.h), else the
// one that should finish first, counted in whole rounds of resident work-groups; and its launch:
// persistent work-groups, no more than are resident. `gatherer`: what gathers launches, or nullptr;
// then a tile whose kernel it knows, if there is one.
LinearLaunch wgmma_launch(std::string_view op, const LinearShape& shape,
                          std::span<const WgmmaTile> tiles, const DeviceFacts& facts,
                          const LaunchGatherer* gatherer = nullptr);

}  // namespace zerocl::ops
