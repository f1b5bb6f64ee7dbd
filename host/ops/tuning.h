#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "host/device.h"             // DeviceFacts
#include "host/ops/linear_launch.h"  // LinearShape
#include "host/ops/tuning_table.h"

namespace zerocl::ops {

// The kernel of a set for a shape. By what was measured: on this device (`zerocl bench --tune`,
// tuning_file.h), else on the nearest device of the tables that the library holds; where nothing
// was measured that fits, the kernel of the least cost. All kernels of a set compute the same bits.
std::size_t choose_tile(const DeviceFacts& facts, std::string_view op, const TileSet& set,
                        const LinearShape& shape);

// The same without what was measured on this device: what `bench --tune` compares with.
std::size_t choose_untuned_tile(const DeviceFacts& facts, std::string_view op, const TileSet& set,
                                const LinearShape& shape);

// What later choices for this device go by, in this process: a table in the place of the user's
// file, or (nullptr) that file, read again. Any thread.
void use_tuning(const DeviceFacts& facts, std::shared_ptr<const TuningTable> table);

// A choice that a launcher asked for.
struct TileQuestion {
  std::string op;
  std::vector<std::string> kernels;
  LinearShape shape;
  std::size_t untuned;  // choose_untuned_tile's answer

  bool operator==(const TileQuestion&) const = default;
};

// While it lives, choices on this thread are put down, and made by force() where it was called: so
// `bench --tune` learns what there is to choose from and runs each. One at a time on a thread.
class TileChoices {
 public:
  TileChoices();
  ~TileChoices();
  TileChoices(const TileChoices&) = delete;
  TileChoices& operator=(const TileChoices&) = delete;

  // The kernel of that index in every set that has so many; nothing: the ordinary choice.
  void force(std::optional<std::size_t> index) { forced_ = index; }
  // The last question; nothing before any.
  const std::optional<TileQuestion>& last() const { return last_; }

 private:
  friend std::size_t choose_tile(const DeviceFacts&, std::string_view, const TileSet&,
                                 const LinearShape&);
  std::optional<std::size_t> forced_;
  std::optional<TileQuestion> last_;
};

}  // namespace zerocl::ops
