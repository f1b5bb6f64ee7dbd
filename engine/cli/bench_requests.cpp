#include "engine/cli/bench_requests.h"

#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>

#include "engine/checkpoint/file.h"
#include "engine/checkpoint/printable.h"
#include "engine/cli/signals.h"
#include "host/error.h"

namespace zerocl::cli {
namespace {

constexpr std::size_t kMaxLineBytes = 256;

BenchRequest parse_request(const std::string& line) {
  constexpr std::array<std::int64_t, 3> kMost = {1 << 16, 1 << 16, 1000};
  std::array<std::int64_t, 3> numbers = {};
  const char* at = line.data();
  const char* const end = at + line.size();
  bool good = true;
  for (std::size_t i = 0; i < numbers.size() && good; ++i) {
    if (i > 0) good = at != end && *at++ == ' ';
    const auto [rest, error] = std::from_chars(at, end, numbers[i]);
    good = good && error == std::errc() && numbers[i] >= 1 && numbers[i] <= kMost[i];
    at = rest;
  }
  if (!good || at != end) {
    throw Error("bench --requests: \"" + printable(line) + "\" is no line such as \"32 128 20\"",
                ErrorKind::usage);
  }
  return {numbers[0], numbers[1], static_cast<int>(numbers[2])};
}

}  // namespace

// False at the end of the input. A signal ends the wait: poll is never started again by itself.
bool BenchRequests::read_more() {
  pollfd input = {STDIN_FILENO, POLLIN, 0};
  while (poll(&input, 1, -1) < 0) check_interrupted();
  check_interrupted();
  std::array<char, 256> bytes = {};
  const ssize_t got = read(STDIN_FILENO, bytes.data(), bytes.size());
  if (got < 0) throw Error("standard input: cannot read: " + system_message(errno));
  buffer_.append(bytes.data(), static_cast<std::size_t>(got));
  return got > 0;
}

std::optional<BenchRequest> BenchRequests::next() {
  std::size_t end = buffer_.find('\n');
  while (end == std::string::npos && buffer_.size() <= kMaxLineBytes && read_more()) {
    end = buffer_.find('\n');
  }
  if (end == std::string::npos && buffer_.empty()) return std::nullopt;
  const std::string line = buffer_.substr(0, std::min(end, buffer_.size()));
  buffer_.erase(0, end == std::string::npos ? end : end + 1);
  return parse_request(line);
}

}  // namespace zerocl::cli
