#pragma once

#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <string_view>
#include <vector>

#include "engine/checkpoint/file.h"

namespace zerocl {

struct OutputDirOptions {
  // Whether an existing model directory (one that holds a config.json) may be replaced.
  bool replace = false;
  // Directories that are read while this one is written: it must be none of them, nor around them.
  std::vector<std::filesystem::path> inputs;
};

// A directory that appears whole or not at all. Files go to a hidden sibling
// (".NAME.tmp-PID-XXXXXX", mode 0700, locked); commit() syncs them, renames it to the target and
// syncs that. Without commit, on an exception for instance, everything is removed; what a killed
// process left behind is removed by the next OutputDir for the same target. A target that is
// replaced stays until the new one has taken its name.
class OutputDir {
 public:
  // Creates the sibling. Throws Error, of kind usage where the caller's wish is at fault: the
  // target is not empty and `replace` is not set, is no model directory, or equals or contains an
  // input.
  explicit OutputDir(const std::filesystem::path& target, OutputDirOptions options = {});
  ~OutputDir();
  OutputDir(const OutputDir&) = delete;
  OutputDir& operator=(const OutputDir&) = delete;

  // Where the directory will be, absolute and without links.
  const std::filesystem::path& target() const noexcept { return target_; }

  // The path under which to create file `name` now ("model.safetensors", or with one sub-directory
  // "1_Pooling/config.json", which is made).
  std::filesystem::path file(std::string_view name);

  // Creates file `name` with this content; JSON is indented by two spaces, its keys sorted.
  void write_file(std::string_view name, std::string_view content);
  void write_json(std::string_view name, const nlohmann::json& value);
  // Copies the content of a regular file.
  void copy_file(const std::filesystem::path& from, std::string_view name);

  // Makes the directory appear. May be called once. After an Error nothing has changed at the
  // target.
  void commit();

 private:
  void check_target() const;
  void rename_into_place();

  std::filesystem::path target_;
  OutputDirOptions options_;
  std::filesystem::path temporary_;  // empty once it has been renamed
  FileDescriptor lock_;              // of the temporary directory: its maker is alive
};

}  // namespace zerocl
