#include "engine/cli/progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <utility>

namespace zerocl::cli {
namespace {

constexpr std::size_t kWidth = 79;  // a line that wraps could not be overwritten

}  // namespace

Progress::Progress(std::string label, std::string unit)
    : label_(std::move(label)), unit_(std::move(unit)), visible_(isatty(STDERR_FILENO) == 1) {}

Progress::~Progress() {
  if (shown_) std::fputs("\r\x1b[K", stderr);
}

bool Progress::due() {
  const auto now = Clock::now();
  if (!visible_ || (shown_ && now - last_ < std::chrono::milliseconds(100))) return false;
  last_ = now;
  shown_ = true;
  return true;
}

void Progress::update(std::int64_t done, std::int64_t total, const std::string& note) {
  if (!due()) return;
  const double seconds = std::chrono::duration<double>(Clock::now() - start_).count();
  const double rate = seconds > 0 ? static_cast<double>(done) / seconds : 0;
  std::string text = fmt::format(
      "{}  {:3.0f}%  {}/{} {}", label_,
      100.0 * static_cast<double>(done) / static_cast<double>(std::max<std::int64_t>(total, 1)),
      done, total, unit_);
  if (!note.empty()) {
    text += "  " + note;
  } else if (rate > 0) {
    text += fmt::format("  {:.0f} {}/s  {} left", rate, unit_,
                        format_duration(static_cast<double>(total - done) / rate));
  }
  fmt::print(stderr, "\r{:.{}}\x1b[K", text, kWidth);
  std::fflush(stderr);
}

void Progress::show(const std::string& text) {
  if (!due()) return;
  fmt::print(stderr, "\r{:.{}}\x1b[K", label_ + "  " + text, kWidth);
  std::fflush(stderr);
}

std::string format_duration(double seconds) {
  const auto total = static_cast<std::int64_t>(std::llround(seconds));
  if (total >= 3600) {
    return fmt::format("{}:{:02}:{:02}", total / 3600, total / 60 % 60, total % 60);
  }
  return fmt::format("{}:{:02}", total / 60, total % 60);
}

std::string format_bytes(double bytes) {
  constexpr const char* kUnits[] = {"bytes", "kB", "MB", "GB", "TB"};
  std::size_t unit = 0;
  while (bytes >= 1000 && unit + 1 < std::size(kUnits)) {
    bytes /= 1000;
    ++unit;
  }
  return unit == 0 ? fmt::format("{:.0f} bytes", bytes)
                   : fmt::format("{:.{}f} {}", bytes, bytes < 100 ? 1 : 0, kUnits[unit]);
}

}  // namespace zerocl::cli
