#include "host/ops/persistent_times.h"

#include <algorithm>

namespace zerocl::ops {

void PersistentTimes::add(std::span<const PersistentStep> steps,
                          std::span<const std::uint32_t> clocks, std::size_t work_groups) {
  // Clocks wrap: only differences of one unit's mean something.
  const auto at = [&](std::size_t step, std::size_t group, std::size_t which) {
    return clocks[(step * work_groups + group) * STEP_TIMES + which];
  };
  for (std::size_t i = 0; i < steps.size(); ++i) {
    double longest = 0, mean = 0, to_next = 0;
    for (std::size_t g = 0; g < work_groups; ++g) {
      const std::uint32_t begin = at(i, g, STEP_TIME_BEGIN);
      const double part = at(i, g, STEP_TIME_END) - begin;
      longest = std::max(longest, part);
      mean += part / static_cast<double>(work_groups);
      if (i + 1 < steps.size())
        to_next += (at(i + 1, g, STEP_TIME_BEGIN) - begin) / static_cast<double>(work_groups);
    }
    Total& total = totals_[persistent_step_name(steps[i])];
    ++total.count;
    total.clocks += i + 1 < steps.size() ? to_next : longest;
    total.longest += longest;
    total.mean += mean;
  }
}

}  // namespace zerocl::ops
