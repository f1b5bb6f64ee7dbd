#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "engine/cli/commands.h"
#include "engine/cli/common_options.h"
#include "engine/cli/output.h"
#include "engine/cli/progress.h"
#include "engine/cli/text_source.h"
#include "engine/session/text_tasks.h"

namespace zerocl::cli {
namespace {

struct Options {
  ModelOptions model;
  TextSource source;
  std::int64_t top = 0;  // 0: all labels
};

constexpr std::size_t kPiece = 512;  // texts at a time, printed in their order

class Printer {
 public:
  Printer(const Options& options, const ModelConfig& config)
      : options_(options), labels_(config.labels) {}

  void add(const Classification& result) {
    const std::vector<double>& scores = result.scores;
    std::vector<std::size_t> order(scores.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return scores[a] > scores[b]; });
    if (options_.top > 0) {
      order.resize(std::min(order.size(), static_cast<std::size_t>(options_.top)));
    }
    if (options_.model.json) {
      add_json(result.logits, scores, order);
      return;
    }
    std::string line;
    for (const std::size_t label : order) {
      if (!line.empty()) line += '\t';
      line += fmt::format("{}\t{:.6f}", labels_[label], scores[label]);
    }
    out().line(line);
  }

  void finish() {
    if (options_.model.json) out().json({{"labels", labels_}, {"results", std::move(results_)}});
  }

 private:
  void add_json(std::span<const float> logits, const std::vector<double>& scores,
                const std::vector<std::size_t>& order) {
    Json ranking = Json::array(), raw = Json::array();
    for (const std::size_t label : order) {
      ranking.push_back({{"label", labels_[label]}, {"score", json_number(scores[label])}});
    }
    for (const float logit : logits) raw.push_back(json_float(logit));
    Json result = {{"label", labels_[order.front()]},
                   {"score", json_number(scores[order.front()])}};
    result["scores"] = std::move(ranking);
    result["logits"] = std::move(raw);
    results_.push_back(std::move(result));
  }

  const Options& options_;
  const std::vector<std::string>& labels_;
  Json results_ = Json::array();
};

int run_classify(const Options& options) {
  const std::vector<TextPair> texts = options.source.read();
  const auto model = options.model.open();
  Session session(model, options.model.session);
  Printer printer(options, model->config());
  Progress progress("classify", "texts");
  for (std::size_t start = 0; start < texts.size(); start += kPiece) {
    const std::size_t end = std::min(start + kPiece, texts.size());
    const std::span piece(texts.data() + start, end - start);
    for (const Classification& result : classify_texts(session, piece)) printer.add(result);
    progress.update(static_cast<std::int64_t>(end), std::ssize(texts));
  }
  printer.finish();
  return 0;
}

}  // namespace

void add_classify(CLI::App& program, Run& run) {
  auto options = std::make_shared<Options>();
  CLI::App* command = add_command(
      program, "classify", "Labels and scores of a sequence-classification model",
      "  zerocl classify sst2 --text \"a charming and often affecting journey\"\n"
      "  zerocl classify mrpc --text \"He said so.\" --pair \"So he said.\"\n"
      "  zerocl classify sst2 --file reviews.txt --top 1\n"
      "\n"
      "Prints a line for each text: labels and their probabilities, best first, between tabs (the\n"
      "value itself where the model is a regression).");
  options->model.declare(*command);
  options->source.declare(*command, TextSource::Pairs::yes);
  command->add_option("--top", options->top, "Print the best N labels only")
      ->type_name("N")
      ->check(CLI::PositiveNumber);
  command->callback([&run, options] { run = [options] { return run_classify(*options); }; });
}

}  // namespace zerocl::cli
