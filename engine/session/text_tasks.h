#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/session/generate.h"
#include "engine/session/session.h"
#include "engine/session/text.h"

namespace zerocl {

// What people do with a model, from text to result: tokenizing, batching and the model's own
// settings are seen to. `progress(done, total)` counts texts; returning false cancels (Error). All
// throw Error, also where the model is not made for the task.
using TextProgress = std::function<bool(std::int64_t, std::int64_t)>;

// Embeddings, [texts, hidden], pooled and normalized as the model's files say.
Matrix encode_texts(Session& session, std::span<const std::string> texts,
                    const TextProgress& progress = {});

// One text's classes, in the order of model().config().labels.
struct Classification {
  std::vector<float> logits;
  std::vector<double> scores;  // probabilities (softmax); a regression's values as they are
  std::size_t best = 0;        // index of the largest score
};
std::vector<Classification> classify_texts(Session& session, std::span<const TextPair> texts,
                                           const TextProgress& progress = {});

// The tokens that end a text: the tokenizer's end of text, and what config.json and
// generation_config.json say (an id or several).
std::vector<TokenId> stop_tokens(const Model& model);

struct GeneratedText {
  std::string text;  // without the prompt
  std::vector<TokenId> prompt_ids;
  GenerateResult tokens;
};
// Continues a prompt until a token of options.stop (stop_tokens(), usually) or its length.
// `on_text` sees what each token adds, complete characters only (it may be nothing); returning
// false ends the text.
GeneratedText generate_text(Session& session, std::string_view prompt,
                            const GenerateOptions& options,
                            const std::function<bool(const std::string&)>& on_text = {});

}  // namespace zerocl
