#pragma once

#include "tests/temporary_directory.h"

namespace zerocl {

using test::TemporaryDirectory;

// Creates the directories above as well.
inline void write_file(const std::filesystem::path& path, const std::string& text) {
  std::filesystem::create_directories(path.parent_path());
  test::write_bytes(path, text);
}

inline std::string read_file(const std::filesystem::path& path) {
  return test::read_bytes(path);
}

}  // namespace zerocl
