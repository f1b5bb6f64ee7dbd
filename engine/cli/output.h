#pragma once

#include <exception>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <string_view>

namespace zerocl::cli {

// Keys in the order in which they are set: a reader sees the important ones first.
using Json = nlohmann::ordered_json;

// Whoever read our standard output has gone (`zerocl ... | head`): no error, but a reason to stop.
class BrokenPipe : public std::exception {
 public:
  const char* what() const noexcept override { return "standard output was closed"; }
};

// Standard output, buffered. Throws BrokenPipe, or Error where it cannot be written (a full disk).
class Output {
 public:
  void put(std::string_view text);
  // A line: the text, then its end.
  void line(std::string_view text);
  // One line of JSON. Text that is not UTF-8 is shown with U+FFFD.
  void json(const Json& value);
  void flush();

 private:
  std::string buffer_;
};

// The one of this process.
Output& out();

// Writes a whole file. A regular file, or none, is replaced at once when all is written; a device
// or pipe is written to. Throws Error.
void write_file(const std::string& path, std::string_view text);

// Appends the shortest decimal that reads back as the same float; "null" where it is no finite
// number, for which JSON has no word.
void append_float(std::string& text, float value);
// Values between separators.
void append_floats(std::string& text, std::span<const float> values, std::string_view separator);
// The float for a Json value: written as short as append_float writes it.
Json json_float(float value);
// A number, or null where it is not finite.
Json json_number(double value);

}  // namespace zerocl::cli
