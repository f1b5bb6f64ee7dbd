#include "engine/checkpoint/json_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "engine/checkpoint/file.h"
#include "engine/checkpoint/printable.h"
#include "host/error.h"

namespace zerocl {
namespace {

using nlohmann::json;

// Builds the document from the parser's events, so that limits and duplicate keys are met where
// they occur and not after the memory is spent.
class DocumentBuilder final : public nlohmann::json_sax<json> {
 public:
  DocumentBuilder(const std::string& file, const JsonLimits& limits)
      : file_(file), limits_(limits) {}

  json take() { return std::move(root_); }

  bool null() override { return add(nullptr); }
  bool boolean(bool value) override { return add(value); }
  bool number_integer(number_integer_t value) override { return add(value); }
  bool number_unsigned(number_unsigned_t value) override { return add(value); }
  bool number_float(number_float_t value, const string_t&) override { return add(value); }
  bool string(string_t& value) override { return add(std::move(value)); }
  bool binary(binary_t&) override { return false; }  // does not exist in JSON text
  bool start_object(std::size_t) override { return open(json::object()); }
  bool start_array(std::size_t) override { return open(json::array()); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }

  bool key(string_t& name) override {
    const auto [entry, added] = open_.back()->emplace(name, nullptr);
    if (!added) {
      throw Error(
          fmt::format("{}: the key \"{}\" stands twice in one object", file_, printable(name)));
    }
    slot_ = &entry.value();
    return true;
  }

  bool parse_error(std::size_t position, const std::string&,
                   const nlohmann::detail::exception& problem) override {
    // "[json.exception.parse_error.101] parse error at line 1, column 2: ...", or without a place.
    std::string text = problem.what();
    text.erase(0, std::min(text.find("] ") + 2, text.size()));
    constexpr std::string_view kPlace = "parse error at ";
    const std::string where = text.starts_with(kPlace) ? text.substr(kPlace.size())
                                                       : fmt::format("byte {}: {}", position, text);
    throw Error(fmt::format("{}: is not valid JSON at {}", file_, printable(where)));
  }

 private:
  // Puts a value where the text has it and returns its place.
  json* place(json value) {
    if (++values_ > limits_.max_values) {
      throw Error(fmt::format("{}: has more than {} JSON values", file_, limits_.max_values));
    }
    if (open_.empty()) return &(root_ = std::move(value));
    if (open_.back()->is_object()) return &(*slot_ = std::move(value));
    return &open_.back()->emplace_back(std::move(value));
  }
  bool add(json value) { return place(std::move(value)) != nullptr; }
  bool open(json container) {
    if (open_.size() >= static_cast<std::size_t>(limits_.max_depth)) {
      throw Error(
          fmt::format("{}: nests arrays and objects more than {} deep", file_, limits_.max_depth));
    }
    open_.push_back(place(std::move(container)));
    return true;
  }
  bool close() {
    open_.pop_back();
    return true;
  }

  const std::string& file_;
  const JsonLimits& limits_;
  json root_;
  std::vector<json*> open_;  // containers whose end has not come; stable, since only the last grows
  json* slot_ = nullptr;     // the last key's value
  std::uint64_t values_ = 0;
};

}  // namespace

json parse_json(std::string_view text, const std::string& file, const JsonLimits& limits) {
  if (text.size() > limits.max_bytes) {
    throw Error(fmt::format("{}: has {} bytes of JSON, more than the {} allowed", file, text.size(),
                            limits.max_bytes));
  }
  if (const auto nul = text.find('\0'); nul != std::string_view::npos) {
    throw Error(fmt::format("{}: is not valid JSON at byte {}: a NUL byte", file, nul));
  }
  DocumentBuilder builder(file, limits);
  json::sax_parse(text.begin(), text.end(), &builder);
  return builder.take();
}

json read_json_file(const std::filesystem::path& path, const JsonLimits& limits) {
  return parse_json(read_whole_file(path, limits.max_bytes), printable(path.string(), 4096),
                    limits);
}

JsonObject read_json_object(const std::filesystem::path& path, const JsonLimits& limits) {
  return JsonObject(printable(path.string(), 4096), read_json_file(path, limits));
}

}  // namespace zerocl
