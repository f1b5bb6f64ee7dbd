#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "host/opencl.h"

namespace zerocl {

// Device time of the launches of one queue, per kernel and as a list. Times are the device's own
// nanoseconds (CL_PROFILING_COMMAND_START and _END), without the host's launch cost.
class Profile {
 public:
  struct Total {
    std::uint64_t count = 0;
    std::uint64_t device_ns = 0;
  };
  struct Span {
    std::string kernel;  // operator and variant: "linear_w8a8_vnni"
    std::string label;   // graph node: "layer.3.attention.qkv"
    std::uint64_t start_ns = 0;
    std::uint64_t end_ns = 0;
  };

  // Takes over a launch's event; its times are read by collect().
  void add(std::string kernel, std::string label, EventHandle event);
  // Reads the times of all added events, which must have completed. Throws Error.
  void collect();
  std::size_t pending() const { return pending_.size(); }

  const std::map<std::string, Total>& totals() const { return totals_; }
  const std::vector<Span>& trace() const { return trace_; }
  void clear();

  // The trace in Chrome's trace event format (chrome://tracing, Perfetto), times from the first
  // launch. `process` is the name of the row, usually the device.
  std::string chrome_trace(std::string_view process) const;

 private:
  struct Pending {
    std::string kernel;
    std::string label;
    EventHandle event;
  };
  std::vector<Pending> pending_;
  std::map<std::string, Total> totals_;
  std::vector<Span> trace_;
};

}  // namespace zerocl
