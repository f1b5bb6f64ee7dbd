#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "engine/verify/compare.h"

namespace zerocl {

struct VerifyOptions {
  std::string device = {};
  std::vector<std::string> texts =
      {};                       // empty: a built-in set (words, punctuation, long and short)
  std::int64_t max_tokens = 0;  // cut each text; 0: a length that keeps the reference quick
  std::string inject = {};      // "OPERATOR:KIND" or empty
  bool kernels_only = false;    // no model: the case grid of every operator
  bool full_grid = false;       // the larger case grid
  std::vector<std::string> operators = {};  // kernels_only: these alone; empty: all
};

// One comparison: a node of the model, a kernel case, or an invariance.
struct VerifyItem {
  std::string kind;     // "node", "kernel", "invariance"
  std::string name;     // "layer.0.attention.qkv", "M=7 N=33 K=65", "batch of 64"
  std::string op;       // "linear_w8a8"
  std::string variant;  // what the device ran
  std::optional<Mismatch> mismatch;
};

struct VerifyReport {
  std::string device = {};
  std::vector<VerifyItem> items;
  std::int64_t values_compared = 0;
  std::string output_hash;  // of the model's output: equal on every device
  const VerifyItem* first_mismatch() const;
};

// Lockstep of device and reference, node by node, on the same inputs; then batch, padding and
// prefill-chunk invariance; then the case grid of each operator the model uses. With `inject`, the
// device code of one operator is changed on purpose and a mismatch is what must be found.
VerifyReport verify_model(const std::filesystem::path& dir, const VerifyOptions& options,
                          const std::function<void(const std::string&)>& progress = {});
// The case grid of every operator and every variant that runs on the device.
VerifyReport verify_kernels(const VerifyOptions& options,
                            const std::function<void(const std::string&)>& progress = {});

}  // namespace zerocl
