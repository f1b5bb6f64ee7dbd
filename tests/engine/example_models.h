#pragma once

#include <filesystem>
#include <string>

#include "engine/api/zerocl.h"
#include "tests/temporary_directory.h"

namespace zerocl::testing {

using ScratchDir = test::TemporaryDirectory;

inline std::filesystem::path example(const std::string& name) {
  return std::filesystem::path(ZEROCL_EXAMPLES) / name;
}

// An example model quantized with these options, in `dir`.
inline std::filesystem::path quantized(const ScratchDir& dir, const std::string& name,
                                       const QuantizeOptions& options) {
  std::filesystem::path out = dir.path() / (name + "-q");
  quantize_model(example(name), out, options);
  return out;
}

}  // namespace zerocl::testing
