#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "host/error.h"

// Reading untrusted tokenizer files. Every function throws Error saying what is wrong, and in the
// case of JSON in which file.
namespace zerocl::files {

// Larger than any published tokenizer file (the largest have about 35 MB).
inline constexpr std::uintmax_t kMaxBytes = std::uintmax_t{64} << 20;

bool is_there(const std::filesystem::path& path);

// Runs read and names path in the message of any Error it throws.
template <typename Read>
auto naming(const std::filesystem::path& path, Read&& read) {
  try {
    return std::forward<Read>(read)();
  } catch (const Error& e) {
    throw Error(path.string() + ": " + e.what(), e.kind());
  }
}

// The whole file; Error if it is no regular file, larger than kMaxBytes or unreadable.
std::string read(const std::filesystem::path& path);

// The lines of text without their ends (\n or \r\n); Error if the text is not UTF-8.
std::vector<std::string_view> lines(std::string_view text);

// JSON; Error for syntax errors, text that is not UTF-8, a key twice in an object and nesting
// deeper than any tokenizer file has.
nlohmann::json read_json(const std::filesystem::path& path);

// As read_json, but an empty object if there is no such file. Error if it holds no object.
nlohmann::json read_json_object_if_exists(const std::filesystem::path& path);

}  // namespace zerocl::files
