#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "host/device.h"             // DeviceFacts
#include "host/ops/linear_launch.h"  // LinearShape

namespace zerocl::ops {

// The kernels of one operator among which its launcher chooses by the shape alone.
class TileSet {
 public:
  virtual std::size_t size() const = 0;
  // The variant's name, "wgmma_mid".
  virtual std::string_view kernel(std::size_t i) const = 0;
  // What kernel i should cost on a device of so many compute units: more than 0, in a unit that all
  // kernels of the set share.
  virtual double cost(std::size_t i, const LinearShape& shape, std::int64_t units) const = 0;

 protected:
  ~TileSet() = default;
};

// The kernel of the least cost, the first of several.
std::size_t cheapest_tile(const TileSet& set, const LinearShape& shape, std::int64_t units);

// The device that a table was measured on.
struct TunedDevice {
  std::string name, vendor, driver;
  int nvidia_sm = 0;  // 90 for Hopper; 0 elsewhere
  std::int64_t compute_units = 1;

  bool operator==(const TunedDevice&) const = default;
};
TunedDevice tuned_device(const DeviceFacts& facts);

// How long each kernel of a set took for one product.
struct TunedTimes {
  std::string op;
  LinearShape shape;
  std::map<std::string, double, std::less<>> microseconds;  // by kernel
};

// What `zerocl bench --tune` measured on one device.
class TuningTable {
 public:
  explicit TuningTable(TunedDevice device) : device_(std::move(device)) {}

  const TunedDevice& device() const { return device_; }
  // Takes the place of a measurement of the same kernels on the same shape.
  void add(TunedTimes times);
  // In the order of operators, outputs, inputs and rows.
  std::vector<TunedTimes> measurements() const;

  // The kernel that should be the fastest on a device of so many compute units: each kernel's time
  // at the nearest number of rows that was measured with these outputs and inputs, times what its
  // cost grows by from there. Nothing: no measurement of all these kernels at this width.
  std::optional<std::size_t> choose(std::string_view op, const TileSet& set,
                                    const LinearShape& shape, std::int64_t units) const;

 private:
  using Width = std::tuple<std::string, std::int64_t, std::int64_t>;  // op, outputs, inputs
  using WidthView = std::tuple<std::string_view, std::int64_t, std::int64_t>;
  struct Less {
    using is_transparent = void;
    bool operator()(const auto& a, const auto& b) const { return WidthView(a) < WidthView(b); }
  };

  TunedDevice device_;
  std::map<Width, std::vector<TunedTimes>, Less> widths_;  // each by rows
};

// The table of the device that is most alike: of the same vendor; of these the nearest NVIDIA
// capability, then the same name, then the nearest number of compute units. nullptr: none.
const TuningTable* nearest_table(std::span<const TuningTable> tables, const DeviceFacts& facts);

}  // namespace zerocl::ops
