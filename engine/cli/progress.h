#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace zerocl::cli {

// A progress line on standard error while it is a terminal; silent otherwise. Disappears with the
// object, so that what follows starts on a clean line.
class Progress {
 public:
  // "perplexity  34%  68000/199999 tokens  5321 tokens/s  0:25 left"
  Progress(std::string label, std::string unit);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // `note` replaces the rate: what is being done just now.
  void update(std::int64_t done, std::int64_t total, const std::string& note = {});
  // A line of text alone.
  void show(const std::string& text);

 private:
  using Clock = std::chrono::steady_clock;
  bool due();

  std::string label_, unit_;
  bool visible_;
  bool shown_ = false;
  Clock::time_point start_ = Clock::now(), last_{};
};

// "0:07", "12:34", "3:12:34"
std::string format_duration(double seconds);
// "8.7 MB": decimal units, as disks and downloads are counted.
std::string format_bytes(double bytes);

}  // namespace zerocl::cli
