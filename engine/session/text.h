#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/session/session.h"

namespace zerocl {

// A text, or two that a model judges together.
struct TextPair {
  std::string text;
  std::optional<std::string> pair;
};

// The longest sequence that a text becomes: sentence-transformers' max_seq_length for sentences,
// the model's positions else.
std::int64_t max_sequence(const Model& model, bool sentence);

// The tokens of a text as the model takes them: special tokens added, the end cut where there are
// more than `max_tokens` (pairs: the longer one is cut first). Throws Error where the model has no
// tokenizer.
TokenSequence tokenize(const Model& model, const TextPair& text, std::int64_t max_tokens);

// Splits sequences, by index, into batches of similar length with at most `max_tokens` tokens each
// (a longer one alone), the longest first. Every index appears once.
std::vector<std::vector<std::size_t>> batches_by_length(std::span<const TokenSequence> sequences,
                                                        std::int64_t max_tokens);

}  // namespace zerocl
