#pragma once

#include <cstdint>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace zerocl {

// A JSON object that came from a file, with getters whose errors name the file and the key
// ("model/config.json: \"rope.theta\" must be a number, found \"x\""). A key whose value is null
// counts as absent, as in Hugging Face's configs. It remembers which keys were asked for, so that a
// reader can refuse or report what it did not understand. Copies are cheap and share that memory;
// not for use from several threads at once.
class JsonObject {
 public:
  // `file` is only named in errors; `path` is the dotted key under which the object stands.
  // Throws Error if `value` is not an object.
  JsonObject(std::string file, nlohmann::json value, std::string path = "");

  const std::string& file() const noexcept { return file_; }
  const nlohmann::json& json() const noexcept { return *value_; }

  // Whether the key is there and not null.
  bool has(std::string_view key) const;

  // The value under `key`. T: bool, int, std::int64_t, std::uint64_t, float, double, std::string,
  // or std::vector of these. Integers must be written as integers and fit T; floats must be finite
  // in T; nothing is converted from strings or booleans. Throws Error if absent or of another type.
  template <class T>
  T get(std::string_view key) const {
    T out{};
    convert(require(key), key, out);
    return out;
  }
  // The same, or `fallback` where the key is absent or null.
  template <class T>
  T get_or(std::string_view key, T fallback) const {
    return has(key) ? get<T>(key) : fallback;
  }
  std::string get_or(std::string_view key, const char* fallback) const {
    return get_or(key, std::string(fallback));
  }
  // An integer from min to max, both allowed.
  std::int64_t get_int(std::string_view key, std::int64_t min, std::int64_t max) const;
  std::int64_t get_int_or(std::string_view key, std::int64_t fallback, std::int64_t min,
                          std::int64_t max) const;
  // One of `allowed`, which the error lists.
  std::string get_choice(std::string_view key, const std::vector<std::string>& allowed) const;

  // The object, or the array of objects, under `key`.
  JsonObject object(std::string_view key) const;
  std::vector<JsonObject> objects(std::string_view key) const;
  // All keys of this object, sorted. Does not count as asking for them.
  std::vector<std::string> keys() const;

  // Keys of this object (not of nested ones) that nobody asked for, sorted.
  std::vector<std::string> unread_keys() const;
  // Throws Error naming them if there are any.
  void refuse_unread_keys() const;

  // Throws Error "file: "path.key" message".
  [[noreturn]] void fail(std::string_view key, std::string_view message) const;

 private:
  JsonObject(std::string file, std::shared_ptr<const nlohmann::json> value, std::string path);

  const nlohmann::json& require(std::string_view key) const;
  std::string dotted(std::string_view key) const;
  [[noreturn]] void wrong_type(std::string_view key, std::string_view expected,
                               const nlohmann::json& found) const;

  void convert(const nlohmann::json& value, std::string_view key, bool& out) const;
  void convert(const nlohmann::json& value, std::string_view key, int& out) const;
  void convert(const nlohmann::json& value, std::string_view key, std::int64_t& out) const;
  void convert(const nlohmann::json& value, std::string_view key, std::uint64_t& out) const;
  void convert(const nlohmann::json& value, std::string_view key, float& out) const;
  void convert(const nlohmann::json& value, std::string_view key, double& out) const;
  void convert(const nlohmann::json& value, std::string_view key, std::string& out) const;
  template <class T>
  void convert(const nlohmann::json& value, std::string_view key, std::vector<T>& out) const {
    if (!value.is_array()) wrong_type(key, "an array", value);
    out.reserve(value.size());
    for (const auto& element : value) {
      const std::string element_key = std::string(key) + "[" + std::to_string(out.size()) + "]";
      T converted{};
      convert(element, element_key, converted);
      out.push_back(std::move(converted));
    }
  }

  std::string file_;
  std::string path_;
  std::shared_ptr<const nlohmann::json> value_;  // shares the ownership of the whole document
  std::shared_ptr<std::set<std::string, std::less<>>> asked_;
};

}  // namespace zerocl
