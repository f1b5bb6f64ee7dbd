#include "host/profile.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "host/cl_error.h"

namespace zerocl {

namespace {

std::uint64_t event_time(cl_event event, cl_profiling_info what, const std::string& kernel) {
  cl_ulong time = 0;
  check_status("clGetEventProfilingInfo",
               clGetEventProfilingInfo(event, what, sizeof time, &time, nullptr), kernel);
  return time;
}

std::string json_string(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
    } else {
      out += c;
    }
  }
  return out + '"';
}

}  // namespace

void Profile::add(std::string kernel, std::string label, EventHandle event) {
  pending_.push_back({std::move(kernel), std::move(label), std::move(event)});
}

void Profile::collect() {
  // Taken first: where a query throws, no launch is counted twice.
  auto pending = std::exchange(pending_, {});
  for (Pending& launch : pending) {
    Span span;
    span.start_ns = event_time(launch.event.get(), CL_PROFILING_COMMAND_START, launch.kernel);
    // A device's clock may tick coarser than a kernel runs; never let a length be negative.
    span.end_ns = std::max(event_time(launch.event.get(), CL_PROFILING_COMMAND_END, launch.kernel),
                           span.start_ns);
    span.kernel = std::move(launch.kernel);
    span.label = std::move(launch.label);
    Total& total = totals_[span.kernel];
    ++total.count;
    total.device_ns += span.end_ns - span.start_ns;
    trace_.push_back(std::move(span));
  }
}

void Profile::clear() {
  pending_.clear();
  totals_.clear();
  trace_.clear();
}

std::string Profile::chrome_trace(std::string_view process) const {
  std::uint64_t origin = std::numeric_limits<std::uint64_t>::max();
  for (const Span& span : trace_) origin = std::min(origin, span.start_ns);
  const auto microseconds = [](std::uint64_t ns) {
    return fmt::format("{}.{:03}", ns / 1000, ns % 1000);
  };
  std::string out = fmt::format(
      "{{\"traceEvents\":[\n{{\"name\":\"process_name\",\"ph\":\"M\",\"pid\":1,\"tid\":1,"
      "\"args\":{{\"name\":{}}}}}",
      json_string(process));
  for (const Span& span : trace_) {
    out += fmt::format(
        ",\n{{\"name\":{},\"cat\":\"kernel\",\"ph\":\"X\",\"pid\":1,\"tid\":1,\"ts\":{},\"dur\":{},"
        "\"args\":{{\"node\":{}}}}}",
        json_string(span.kernel), microseconds(span.start_ns - origin),
        microseconds(span.end_ns - span.start_ns), json_string(span.label));
  }
  return out + "\n],\"displayTimeUnit\":\"ns\"}\n";
}

}  // namespace zerocl
