#include "engine/checkpoint/json_object.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "engine/checkpoint/printable.h"
#include "host/error.h"

namespace zerocl {
namespace {

using Json = nlohmann::json;  // JsonObject::json() takes the usual name

// The value as it may stand in a message; containers only by their kind, they may be large.
std::string shown(const Json& value) {
  if (value.is_object()) return "an object";
  if (value.is_array()) return "an array";
  if (value.is_string()) {
    return "\"" + printable(value.get_ref<const std::string&>(), 60) + "\"";
  }
  return value.dump();
}

}  // namespace

JsonObject::JsonObject(std::string file, Json value, std::string path)
    : JsonObject(std::move(file), std::make_shared<const Json>(std::move(value)), std::move(path)) {
}

JsonObject::JsonObject(std::string file, std::shared_ptr<const Json> value, std::string path)
    : file_(std::move(file)),
      path_(std::move(path)),
      value_(std::move(value)),
      asked_(std::make_shared<std::set<std::string, std::less<>>>()) {
  if (value_->is_object()) return;
  if (path_.empty()) {
    throw Error(fmt::format("{}: must hold a JSON object, found {}", file_, shown(*value_)));
  }
  throw Error(fmt::format("{}: \"{}\" must be an object, found {}", file_, printable(path_),
                          shown(*value_)));
}

std::string JsonObject::dotted(std::string_view key) const {
  return printable(path_.empty() ? std::string(key) : path_ + "." + std::string(key));
}

void JsonObject::fail(std::string_view key, std::string_view message) const {
  throw Error(fmt::format("{}: \"{}\" {}", file_, dotted(key), message));
}

void JsonObject::wrong_type(std::string_view key, std::string_view expected,
                            const Json& found) const {
  fail(key, fmt::format("must be {}, found {}", expected, shown(found)));
}

bool JsonObject::has(std::string_view key) const {
  asked_->emplace(key);
  const auto found = value_->find(key);
  return found != value_->end() && !found->is_null();
}

const Json& JsonObject::require(std::string_view key) const {
  asked_->emplace(key);
  const auto found = value_->find(key);
  if (found == value_->end()) fail(key, "is missing");
  if (found->is_null()) fail(key, "is null, a value is needed");
  return *found;
}

void JsonObject::convert(const Json& value, std::string_view key, bool& out) const {
  if (!value.is_boolean()) wrong_type(key, "true or false", value);
  out = value.get<bool>();
}

void JsonObject::convert(const Json& value, std::string_view key, std::int64_t& out) const {
  // The parser keeps what fits 64 bits as an integer and makes the rest floats.
  if (!value.is_number_integer()) wrong_type(key, "an integer", value);
  if (value.is_number_unsigned() &&
      value.get<std::uint64_t>() >
          static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
    fail(key, fmt::format("is {}, too large", shown(value)));
  }
  out = value.get<std::int64_t>();
}

void JsonObject::convert(const Json& value, std::string_view key, int& out) const {
  std::int64_t wide = 0;
  convert(value, key, wide);
  if (wide < std::numeric_limits<int>::min() || wide > std::numeric_limits<int>::max()) {
    fail(key, fmt::format("is {}, too large", wide));
  }
  out = static_cast<int>(wide);
}

void JsonObject::convert(const Json& value, std::string_view key, std::uint64_t& out) const {
  if (!value.is_number_unsigned()) wrong_type(key, "an integer that is not negative", value);
  out = value.get<std::uint64_t>();
}

void JsonObject::convert(const Json& value, std::string_view key, double& out) const {
  if (!value.is_number()) wrong_type(key, "a number", value);
  out = value.get<double>();
  if (!std::isfinite(out)) wrong_type(key, "a finite number", value);
}

void JsonObject::convert(const Json& value, std::string_view key, float& out) const {
  double wide = 0;
  convert(value, key, wide);
  // A double beyond float's range must not be cast: that is undefined in C++.
  if (std::abs(wide) > static_cast<double>(std::numeric_limits<float>::max())) {
    wrong_type(key, "a number that float32 can hold", value);
  }
  out = static_cast<float>(wide);
}

void JsonObject::convert(const Json& value, std::string_view key, std::string& out) const {
  if (!value.is_string()) wrong_type(key, "a string", value);
  out = value.get<std::string>();
}

std::int64_t JsonObject::get_int(std::string_view key, std::int64_t min, std::int64_t max) const {
  const auto value = get<std::int64_t>(key);
  if (value < min || value > max) {
    fail(key, fmt::format("must be from {} to {}, found {}", min, max, value));
  }
  return value;
}

std::int64_t JsonObject::get_int_or(std::string_view key, std::int64_t fallback, std::int64_t min,
                                    std::int64_t max) const {
  return has(key) ? get_int(key, min, max) : fallback;
}

std::string JsonObject::get_choice(std::string_view key,
                                   const std::vector<std::string>& allowed) const {
  auto value = get<std::string>(key);
  if (std::find(allowed.begin(), allowed.end(), value) == allowed.end()) {
    fail(key, fmt::format("must be one of {}; found \"{}\"", fmt::join(allowed, ", "),
                          printable(value, 60)));
  }
  return value;
}

JsonObject JsonObject::object(std::string_view key) const {
  const Json& child = require(key);
  return JsonObject(file_, std::shared_ptr<const Json>(value_, &child), dotted(key));
}

std::vector<JsonObject> JsonObject::objects(std::string_view key) const {
  const Json& array = require(key);
  if (!array.is_array()) wrong_type(key, "an array", array);
  std::vector<JsonObject> out;
  out.reserve(array.size());
  for (const Json& element : array) {
    out.push_back(JsonObject(file_, std::shared_ptr<const Json>(value_, &element),
                             fmt::format("{}[{}]", dotted(key), out.size())));
  }
  return out;
}

std::vector<std::string> JsonObject::keys() const {
  std::vector<std::string> out;
  for (const auto& item : value_->items()) out.push_back(item.key());
  return out;
}

std::vector<std::string> JsonObject::unread_keys() const {
  std::vector<std::string> out;
  for (const auto& item : value_->items()) {
    if (asked_->find(item.key()) == asked_->end()) out.push_back(item.key());
  }
  return out;
}

void JsonObject::refuse_unread_keys() const {
  const auto unread = unread_keys();
  if (!unread.empty()) fail(unread.front(), "is not a known key");
}

}  // namespace zerocl
