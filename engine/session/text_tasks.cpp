#include "engine/session/text_tasks.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "host/error.h"

namespace zerocl {
namespace {

// Texts that are computed between two calls of `progress`; the session batches them as it likes.
constexpr std::size_t kPiece = 256;

// Runs `run(batch)` over all texts, tokenized by `sequence(text)`.
template <class Text, class Sequence, class Run>
void run_pieces(std::span<const Text> texts, const TextProgress& progress, const Sequence& sequence,
                const Run& run) {
  for (std::size_t first = 0; first < texts.size(); first += kPiece) {
    const std::size_t end = std::min(first + kPiece, texts.size());
    std::vector<TokenSequence> batch;
    for (std::size_t i = first; i < end; ++i) batch.push_back(sequence(texts[i]));
    run(batch);
    if (progress && !progress(static_cast<std::int64_t>(end), std::ssize(texts))) {
      throw Error("cancelled");
    }
  }
}

// exp(x) / sum of exp, in double.
std::vector<double> softmax(std::span<const float> logits) {
  float largest = -std::numeric_limits<float>::infinity();
  for (const float x : logits) largest = std::max(largest, x);
  std::vector<double> scores;
  for (const float x : logits) {
    scores.push_back(std::exp(static_cast<double>(x) - static_cast<double>(largest)));
  }
  const double sum = std::accumulate(scores.begin(), scores.end(), 0.0);
  for (double& score : scores) score /= sum;
  return scores;
}

}  // namespace

Matrix encode_texts(Session& session, std::span<const std::string> texts,
                    const TextProgress& progress) {
  const Model& model = session.model();
  const ModelConfig& config = model.config();
  if (config.pooling == Pooling::none) {
    throw Error(config.architecture + " gives a vector for each token, none for a text",
                ErrorKind::usage);
  }
  Matrix all{std::ssize(texts), config.hidden, {}};
  const auto sequence = [&](const std::string& text) {
    return tokenize(model, {text, {}}, max_sequence(model, true));
  };
  run_pieces(texts, progress, sequence, [&](const auto& batch) {
    const Matrix part = session.embed(batch, config.pooling, config.normalize);
    all.values.insert(all.values.end(), part.values.begin(), part.values.end());
  });
  return all;
}

std::vector<Classification> classify_texts(Session& session, std::span<const TextPair> texts,
                                           const TextProgress& progress) {
  const Model& model = session.model();
  const ModelConfig& config = model.config();
  if (config.head != HeadType::sequence_classification) {
    throw Error(config.architecture + " is no sequence classifier", ErrorKind::usage);
  }
  std::vector<Classification> all;
  const auto sequence = [&](const TextPair& text) {
    return tokenize(model, text, max_sequence(model, false));
  };
  run_pieces(texts, progress, sequence, [&](const auto& batch) {
    for (Matrix& output : session.forward(batch)) {
      Classification result;
      result.logits = std::move(output.values);
      result.scores = config.regression
                          ? std::vector<double>(result.logits.begin(), result.logits.end())
                          : softmax(result.logits);
      result.best = static_cast<std::size_t>(
          std::max_element(result.scores.begin(), result.scores.end()) - result.scores.begin());
      all.push_back(std::move(result));
    }
  });
  return all;
}

std::vector<TokenId> stop_tokens(const Model& model) {
  std::vector<TokenId> stop;
  if (model.tokenizer().special().eos) stop.push_back(*model.tokenizer().special().eos);
  const auto add = [&](const nlohmann::json& config) {
    const auto eos = config.find("eos_token_id");
    if (eos == config.end()) return;
    for (const nlohmann::json& id : eos->is_array() ? *eos : nlohmann::json::array({*eos})) {
      // Others (null, -1, ids that a narrower type would wrap into tokens) end no text.
      if (id.is_number_integer() && id >= 0 && id < model.config().vocabulary)
        stop.push_back(id.get<TokenId>());
    }
  };
  add(model.dir().config().json());
  if (model.dir().generation_config()) add(model.dir().generation_config()->json());
  return stop;
}

GeneratedText generate_text(Session& session, std::string_view prompt,
                            const GenerateOptions& options,
                            const std::function<bool(const std::string&)>& on_text) {
  const Tokenizer& tokenizer = session.model().tokenizer();
  GeneratedText result;
  result.prompt_ids = tokenizer.encode(prompt).ids;
  StreamDecoder decoder(tokenizer);
  const auto add = [&](const std::string& piece) {
    result.text += piece;
    return !on_text || on_text(piece);
  };
  result.tokens = generate(session, result.prompt_ids, options,
                           [&](TokenId token) { return add(decoder.push(token)); });
  if (const std::string rest = decoder.finish(); !rest.empty()) add(rest);
  return result;
}

}  // namespace zerocl
