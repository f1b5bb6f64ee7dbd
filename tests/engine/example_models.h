#pragma once

#include <filesystem>
#include <string>

#include "engine/api/zerocl.h"

namespace zerocl::testing {

// A directory of this process, removed at its end.
class ScratchDir {
 public:
  ScratchDir() {
    std::string pattern = (std::filesystem::temp_directory_path() / "zerocl-test-XXXXXX").string();
    path_ = ::mkdtemp(pattern.data());
  }
  ~ScratchDir() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  ScratchDir(const ScratchDir&) = delete;
  ScratchDir& operator=(const ScratchDir&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

inline std::filesystem::path example(const std::string& name) {
  return std::filesystem::path(ZEROCL_EXAMPLES) / name;
}

// An example model quantized with these options, in `dir`.
inline std::filesystem::path quantized(const ScratchDir& dir, const std::string& name,
                                       const QuantizeOptions& options) {
  const std::filesystem::path out = dir.path() / (name + "-q");
  quantize_model(example(name), out, options);
  return out;
}

}  // namespace zerocl::testing
