#include "engine/cli/output.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <fstream>

#include "engine/checkpoint/file.h"
#include "engine/checkpoint/printable.h"
#include "host/error.h"

namespace zerocl::cli {
namespace {

constexpr std::size_t kBufferBytes = 1U << 16;

}  // namespace

void Output::put(std::string_view text) {
  buffer_ += text;
  if (buffer_.size() >= kBufferBytes) flush();
}

void Output::line(std::string_view text) {
  buffer_ += text;
  put("\n");
}

void Output::json(const Json& value) {
  line(value.dump(-1, ' ', false, Json::error_handler_t::replace));
}

void Output::flush() {
  std::string_view rest = buffer_;
  while (!rest.empty()) {
    const ssize_t written = ::write(STDOUT_FILENO, rest.data(), rest.size());
    if (written < 0) {
      const int error = errno;
      if (error == EINTR) continue;
      buffer_.clear();
      if (error == EPIPE) throw BrokenPipe();
      throw Error("cannot write to standard output: " + system_message(error));
    }
    rest.remove_prefix(static_cast<std::size_t>(written));
  }
  buffer_.clear();
}

Output& out() {
  static Output output;
  return output;
}

void write_file(const std::string& path, std::string_view text) {
  namespace fs = std::filesystem;
  std::error_code unknown;
  const bool in_place = fs::exists(path, unknown) && !fs::is_regular_file(path, unknown);
  const std::string target = in_place ? path : fmt::format("{}.tmp-{}", path, getpid());
  std::ofstream file(target, std::ios::binary | std::ios::trunc);
  file.write(text.data(), static_cast<std::streamsize>(text.size()));
  file.close();
  std::error_code failed;
  if (file && !in_place) fs::rename(target, path, failed);
  if (file && !failed) return;
  const std::string reason = failed ? failed.message() : system_message(errno);
  if (!in_place) fs::remove(target, unknown);
  throw Error(printable(path) + ": cannot write: " + reason);
}

void append_float(std::string& text, float value) {
  if (std::isfinite(value)) {
    fmt::format_to(std::back_inserter(text), "{}", value);
  } else {
    text += "null";
  }
}

void append_floats(std::string& text, std::span<const float> values, std::string_view separator) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (i > 0) text += separator;
    append_float(text, values[i]);
  }
}

Json json_float(float value) {
  if (!std::isfinite(value)) return nullptr;
  const std::string text = fmt::format("{}", value);
  double shortest = 0;
  std::from_chars(text.data(), text.data() + text.size(), shortest);
  return shortest;
}

Json json_number(double value) {
  return std::isfinite(value) ? Json(value) : Json(nullptr);
}

}  // namespace zerocl::cli
