#pragma once

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

namespace zerocl::test {

// Where the test models lie: $ZEROCL_SHARED, or "shared" beside the source tree. May not exist.
inline std::filesystem::path shared_directory() {
  const char* given = std::getenv("ZEROCL_SHARED");
  if (given != nullptr && *given != '\0') return given;
  return std::filesystem::path(ZEROCL_SOURCE_DIR).parent_path() / "shared";
}

// Every directory under models and golden that holds a model.safetensors, sorted.
inline std::vector<std::filesystem::path> shared_models() {
  std::vector<std::filesystem::path> out;
  for (const char* folder : {"models", "golden"}) {
    std::error_code error;
    for (const auto& entry :
         std::filesystem::directory_iterator(shared_directory() / folder, error)) {
      if (std::filesystem::exists(entry.path() / "model.safetensors")) out.push_back(entry.path());
    }
  }
  std::sort(out.begin(), out.end());
  return out;
}

}  // namespace zerocl::test
