#pragma once

#include <cstdint>
#include <functional>
#include <span>

#include "engine/session/session.h"

namespace zerocl {

struct PerplexityOptions {
  std::int64_t window = 0;  // 0: the model's positions
  std::int64_t stride = 0;  // 0: half the window
  std::int64_t limit = 0;   // first N tokens of the text; 0: all
};

struct PerplexityResult {
  double perplexity = 0;
  std::int64_t tokens = 0;  // scored
};

// Sliding-window perplexity: windows [i, i + window), each scoring only what the one before did
// not; the first token of the text is never scored. Log-probabilities in double from f32 logits.
// `progress(done, total)` in tokens; returning false cancels (Error).
PerplexityResult perplexity(Session& session, std::span<const TokenId> ids,
                            const PerplexityOptions& options,
                            const std::function<bool(std::int64_t, std::int64_t)>& progress = {});

}  // namespace zerocl
