#pragma once

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "host/ops/tuning_table.h"

namespace zerocl::ops {

// A table as JSON, one measurement a line, and back. Reading throws Error for anything that is not
// such a table: wrong types, times or shapes that are not above 0, more than can be meant.
std::string tuning_text(const TuningTable& table);
TuningTable parse_tuning(std::string_view text);

// The file of a device within a directory: its name, and a hash of name and driver.
std::filesystem::path tuning_path(const std::filesystem::path& directory, const DeviceFacts& facts);
// The directory that the environment asks for, the program cache's (program_cache.h). Throws Error
// (usage) where it is off.
std::filesystem::path tuning_directory();

// The device's table. Nothing where there is none, or (with a warning) where the file cannot be
// read or is another device's or driver's.
std::optional<TuningTable> load_tuning(const std::filesystem::path& directory,
                                       const DeviceFacts& facts);
// Writes a table beside its place and renames it there: readers see the old file or the new one.
// The directory is made, mode 0700. Throws Error.
void save_tuning(const std::filesystem::path& directory, const DeviceFacts& facts,
                 const TuningTable& table);

// The tables that the library holds (host/ops/tuned/*.json), each as its file's text.
std::span<const std::string_view> tuned_texts();

}  // namespace zerocl::ops
