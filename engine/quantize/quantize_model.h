#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace zerocl {

struct QuantizeOptions {
  std::string scheme = "w8a8";  // "w8a8", "f16" or "f32"
  std::int64_t row_groups = 0;  // --groups N: contiguous row groups of each matrix; 0: per row
  std::int64_t group_size = 0;  // --group-size N: groups along K; excludes row_groups
  std::int64_t activation_group_size = 0;  // --act-group-size N; 0: one scale a token
  std::string attention = "i8";            // "i8" or "f32"
  bool embeddings = false;                 // word embeddings in INT8, one scale a row
  std::string device = {};                 // which device quantizes; the bytes do not depend on it
  bool replace = false;                    // overwrite an existing output directory
};

struct ModuleReport {
  std::string module;  // "layer.0.attention.qkv"
  double sqnr_db = 0;  // 10 log10(sum w^2 / sum (w - w^)^2)
  std::uint64_t bytes_before = 0, bytes_after = 0;
};

struct QuantizeReport {
  std::vector<ModuleReport> modules;
  std::uint64_t bytes_before = 0, bytes_after = 0;  // of all tensors
  double seconds = 0;
};

// Quantizes a Hugging Face directory into another one (ZeroQuant, sections 4.1 and 4.2). Weights
// stream: one tensor at a time is in memory. The output appears whole or not at all, and the same
// input and options give the same bytes. `progress(module, done, total)`. Throws Error.
QuantizeReport quantize_model(
    const std::filesystem::path& input, const std::filesystem::path& output,
    const QuantizeOptions& options,
    const std::function<void(const std::string&, std::int64_t, std::int64_t)>& progress = {});

}  // namespace zerocl
