#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>

#include "host/ops/persistent_table.h"

namespace zerocl::ops {

// What the steps of persistent kernels took, in clocks of the device's units.
class PersistentTimes {
 public:
  struct Total {
    std::uint64_t count = 0;
    double clocks = 0;   // from one step's beginning to the next one's, mean of all work-groups; of
                         // a launch's last step the longest part
    double longest = 0;  // of all parts of work-groups the one that took longest
    double mean = 0;     // mean of all parts, those without work too
  };

  // Of one launch: `clocks`, uint [steps][work_groups][STEP_TIMES] (cl_kernels/abi/persistent.h).
  void add(std::span<const PersistentStep> steps, std::span<const std::uint32_t> clocks,
           std::size_t work_groups);
  void clear() { totals_.clear(); }
  // By the step's name, products with their rows x outputs x inputs.
  const std::map<std::string, Total>& totals() const { return totals_; }

 private:
  std::map<std::string, Total> totals_;
};

}  // namespace zerocl::ops
