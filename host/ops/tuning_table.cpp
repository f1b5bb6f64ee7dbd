#include "host/ops/tuning_table.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

namespace zerocl::ops {
namespace {

// How far apart two counts are, whatever their size.
double distance(std::int64_t a, std::int64_t b) {
  const auto log = [](std::int64_t value) {
    return std::log2(static_cast<double>(std::max<std::int64_t>(value, 1)));
  };
  return std::fabs(log(a) - log(b));
}

bool has_all(const TunedTimes& times, const TileSet& set) {
  for (std::size_t i = 0; i < set.size(); ++i) {
    if (!times.microseconds.contains(set.kernel(i))) return false;
  }
  return true;
}

bool same_kernels(const TunedTimes& a, const TunedTimes& b) {
  return std::equal(a.microseconds.begin(), a.microseconds.end(), b.microseconds.begin(),
                    b.microseconds.end(),
                    [](const auto& x, const auto& y) { return x.first == y.first; });
}

template <class Cost>
std::size_t least(std::size_t count, const Cost& cost) {
  std::size_t best = 0;
  double best_cost = cost(0);
  for (std::size_t i = 1; i < count; ++i) {
    const double c = cost(i);
    if (c < best_cost) {
      best = i;
      best_cost = c;
    }
  }
  return best;
}

}  // namespace

std::size_t cheapest_tile(const TileSet& set, const LinearShape& shape, std::int64_t units) {
  return least(set.size(), [&](std::size_t i) { return set.cost(i, shape, units); });
}

TunedDevice tuned_device(const DeviceFacts& facts) {
  return {facts.name, facts.vendor, facts.driver_version, facts.nvidia_sm(),
          std::max<std::int64_t>(facts.compute_units, 1)};
}

void TuningTable::add(TunedTimes times) {
  std::vector<TunedTimes>& width = widths_[{times.op, times.shape.outputs, times.shape.inputs}];
  const auto same = std::find_if(width.begin(), width.end(), [&](const TunedTimes& other) {
    return other.shape.rows == times.shape.rows && same_kernels(other, times);
  });
  if (same != width.end()) {
    *same = std::move(times);
    return;
  }
  const auto after = std::upper_bound(
      width.begin(), width.end(), times.shape.rows,
      [](std::int64_t rows, const TunedTimes& other) { return rows < other.shape.rows; });
  width.insert(after, std::move(times));
}

std::vector<TunedTimes> TuningTable::measurements() const {
  std::vector<TunedTimes> all;
  for (const auto& [width, times] : widths_) all.insert(all.end(), times.begin(), times.end());
  return all;
}

std::optional<std::size_t> TuningTable::choose(std::string_view op, const TileSet& set,
                                               const LinearShape& shape, std::int64_t units) const {
  const auto width = widths_.find(WidthView(op, shape.outputs, shape.inputs));
  if (width == widths_.end()) return std::nullopt;
  const TunedTimes* nearest = nullptr;
  for (const TunedTimes& times : width->second) {
    if (!has_all(times, set)) continue;
    if (nearest == nullptr ||
        distance(times.shape.rows, shape.rows) < distance(nearest->shape.rows, shape.rows)) {
      nearest = &times;
    }
  }
  if (nearest == nullptr) return std::nullopt;
  return least(set.size(), [&](std::size_t i) {
    const double growth =
        set.cost(i, shape, units) / set.cost(i, nearest->shape, device_.compute_units);
    return nearest->microseconds.find(set.kernel(i))->second * growth;
  });
}

const TuningTable* nearest_table(std::span<const TuningTable> tables, const DeviceFacts& facts) {
  const TunedDevice wanted = tuned_device(facts);
  const auto key = [&](const TuningTable& table) {
    const TunedDevice& device = table.device();
    return std::tuple(std::abs(device.nvidia_sm - wanted.nvidia_sm), device.name != wanted.name,
                      distance(device.compute_units, wanted.compute_units));
  };
  const TuningTable* nearest = nullptr;
  for (const TuningTable& table : tables) {
    if (table.device().vendor != wanted.vendor) continue;
    if (nearest == nullptr || key(table) < key(*nearest)) nearest = &table;
  }
  return nearest;
}

}  // namespace zerocl::ops
