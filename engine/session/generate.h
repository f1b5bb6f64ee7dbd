#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "engine/session/session.h"

namespace zerocl {

struct SamplingOptions {
  float temperature = 0;  // 0: greedy
  int top_k = 0;          // 0: all
  float top_p = 1;
  std::uint64_t seed = 0;  // the same seed gives the same text on every device
};

// Draws one token from logits: temperature, then top_k, then top_p, in double, from a counter-based
// generator (seed, position), so that a text does not depend on the platform's random library.
TokenId sample(std::span<const float> logits, const SamplingOptions& options,
               std::uint64_t position);

struct GenerateOptions {
  std::int64_t max_tokens = 64;
  SamplingOptions sampling;
  std::vector<TokenId> stop;  // usually the end-of-text id
};

struct GenerateResult {
  std::vector<TokenId> ids;                        // without the prompt
  bool stopped = false;                            // a stop token ended it (not included in ids)
  double prefill_seconds = 0, decode_seconds = 0;  // wall time
};

// Continues a prompt. `on_token` sees each token as it is chosen; returning false ends the text.
// A prompt longer than the model's positions is an Error; generation ends where they do.
GenerateResult generate(Session& session, std::span<const TokenId> prompt,
                        const GenerateOptions& options,
                        const std::function<bool(TokenId)>& on_token = {});

}  // namespace zerocl
