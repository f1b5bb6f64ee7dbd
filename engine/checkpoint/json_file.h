#pragma once

#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "engine/checkpoint/json_object.h"

namespace zerocl {

// What a JSON text may cost before it is refused.
struct JsonLimits {
  std::uint64_t max_bytes = 64U << 20;  // of text
  std::uint64_t max_values = 4U << 20;  // scalars, arrays and objects together
  int max_depth = 64;                   // of arrays and objects inside one another
};

// Parses one JSON text (RFC 8259, no extensions). Stricter than the library's own parser: the same
// key twice in an object is an error (parsers differ in which one they take), so are NUL bytes
// (which the library takes for the end) and anything beyond the limits. `file` is named in errors.
nlohmann::json parse_json(std::string_view text, const std::string& file,
                          const JsonLimits& limits = {});

// Reads and parses a file; throws Error naming it.
nlohmann::json read_json_file(const std::filesystem::path& path, const JsonLimits& limits = {});

// The same for a file that holds an object: config.json and its like.
JsonObject read_json_object(const std::filesystem::path& path, const JsonLimits& limits = {});

}  // namespace zerocl
