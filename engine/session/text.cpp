#include "engine/session/text.h"

#include <algorithm>
#include <numeric>

#include "host/error.h"

namespace zerocl {

std::int64_t max_sequence(const Model& model, bool sentence) {
  const ModelConfig& config = model.config();
  if (!sentence || config.max_sentence == 0) return config.max_tokens();
  return std::min(config.max_sentence, config.max_tokens());
}

TokenSequence tokenize(const Model& model, const TextPair& text, std::int64_t max_tokens) {
  const Tokenizer& tokenizer = model.tokenizer();
  const auto limit = static_cast<std::size_t>(max_tokens);
  Encoding encoding = text.pair ? tokenizer.encode_pair(text.text, *text.pair, true, limit)
                                : tokenizer.encode(text.text, true, limit);
  TokenSequence sequence{std::move(encoding.ids), {}};
  // Models without token types (DistilBERT) share BERT's tokenizer, whose types they do not want.
  const bool several = std::any_of(encoding.types.begin(), encoding.types.end(),
                                   [](TokenId type) { return type != 0; });
  if (several && model.config().types > 0) sequence.types = std::move(encoding.types);
  return sequence;
}

std::vector<std::vector<std::size_t>> batches_by_length(std::span<const TokenSequence> sequences,
                                                        std::int64_t max_tokens) {
  std::vector<std::size_t> order(sequences.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return sequences[a].ids.size() > sequences[b].ids.size();
  });
  std::vector<std::vector<std::size_t>> batches;
  std::int64_t tokens = 0;
  for (const std::size_t index : order) {
    const std::int64_t length = std::ssize(sequences[index].ids);
    if (batches.empty() || tokens + length > max_tokens) {
      batches.emplace_back();
      tokens = 0;
    }
    batches.back().push_back(index);
    tokens += length;
  }
  return batches;
}

}  // namespace zerocl
