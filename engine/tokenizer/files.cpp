#include "engine/tokenizer/files.h"

#include <fstream>
#include <system_error>
#include <unordered_set>

#include "engine/tokenizer/utf8.h"
#include "host/error.h"

namespace zerocl::files {
namespace {

constexpr int kMaxDepth = 32;

nlohmann::json parse(const std::string& text) {
  // The keys of each object that is open; the parser itself keeps the last of equal keys.
  std::vector<std::unordered_set<std::string>> open;
  const auto check = [&](int depth, nlohmann::json::parse_event_t event, nlohmann::json& value) {
    using Event = nlohmann::json::parse_event_t;
    if (depth > kMaxDepth) throw Error("nested too deeply");
    if (event == Event::object_start) open.emplace_back();
    if (event == Event::object_end) open.pop_back();
    if (event == Event::key) {
      const auto& key = value.get_ref<const std::string&>();
      if (!open.back().insert(key).second) throw Error("the key \"" + key + "\" appears twice");
    }
    return true;
  };
  try {
    return nlohmann::json::parse(text, check);
  } catch (const nlohmann::json::exception& e) {
    throw Error(e.what());
  }
}

}  // namespace

bool is_there(const std::filesystem::path& path) {
  std::error_code ignored;
  return std::filesystem::exists(path, ignored);
}

std::string read(const std::filesystem::path& path) {
  std::error_code failure;
  if (!std::filesystem::is_regular_file(path, failure)) throw Error("not a regular file");
  const std::uintmax_t size = std::filesystem::file_size(path, failure);
  if (failure) throw Error(failure.message());
  if (size > kMaxBytes) throw Error("larger than " + std::to_string(kMaxBytes) + " bytes");
  std::ifstream file(path, std::ios::binary);
  std::string text(static_cast<std::size_t>(size), '\0');
  if (!file.read(text.data(), static_cast<std::streamsize>(size))) throw Error("cannot be read");
  return text;
}

std::vector<std::string_view> lines(std::string_view text) {
  if (!utf8::is_valid(text)) throw Error("not UTF-8");
  std::vector<std::string_view> result;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    result.push_back(line);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return result;
}

nlohmann::json read_json(const std::filesystem::path& path) {
  return naming(path, [&] { return parse(read(path)); });
}

nlohmann::json read_json_object_if_exists(const std::filesystem::path& path) {
  if (!is_there(path)) return nlohmann::json::object();
  nlohmann::json json = read_json(path);
  if (!json.is_object()) throw Error(path.string() + ": not a JSON object");
  return json;
}

}  // namespace zerocl::files
