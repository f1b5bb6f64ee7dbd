#include <fmt/format.h>

#include <map>

#include "engine/cli/commands.h"
#include "engine/cli/common_options.h"
#include "engine/cli/output.h"
#include "engine/cli/progress.h"
#include "engine/cli/text_source.h"
#include "host/error.h"

namespace zerocl::cli {
namespace {

const std::map<std::string, Pooling> kPoolings = {
    {"mean", Pooling::mean}, {"cls", Pooling::cls}, {"none", Pooling::none}};

struct Options {
  ModelOptions model;
  TextSource source;
  std::string pooling;        // empty: the model's
  bool normalize = false;     // --normalize
  bool no_normalize = false;  // --no-normalize
};

// Vectors are printed in the order of the texts, so they are computed in pieces of this many, each
// of which the session batches as it likes.
constexpr std::size_t kPiece = 512;

// How each text's vectors come out: appended to one JSON array, or as lines.
class Printer {
 public:
  Printer(bool json, bool pooled) : json_(json), pooled_(pooled) {}

  // The vector of a text, or the vectors of its tokens.
  void add(const Matrix& vectors, std::int64_t first, std::int64_t count) {
    if (json_) {
      add_json(vectors, first, count);
      return;
    }
    for (std::int64_t r = first; r < first + count; ++r) {
      std::string line;
      append_floats(line, vectors.row(r), " ");
      out().line(line);
    }
    if (!pooled_) out().line("");  // between the texts
  }
  std::string take_json() { return "[" + std::move(text_) + "]"; }

 private:
  void add_json(const Matrix& vectors, std::int64_t first, std::int64_t count) {
    if (!text_.empty()) text_ += ',';
    if (!pooled_) text_ += '[';
    for (std::int64_t r = first; r < first + count; ++r) {
      if (r > first) text_ += ',';
      text_ += '[';
      append_floats(text_, vectors.row(r), ",");
      text_ += ']';
    }
    if (!pooled_) text_ += ']';
  }

  bool json_, pooled_;
  std::string text_;
};

int run_encode(const Options& options) {
  const std::vector<TextPair> texts = options.source.read();
  const auto model = options.model.open();
  const ModelConfig& config = model->config();
  const Pooling pooling = options.pooling.empty() ? config.pooling : kPoolings.at(options.pooling);
  const bool normalize =
      pooling != Pooling::none && !options.no_normalize && (options.normalize || config.normalize);
  Session session(model, options.model.session);
  Printer printer(options.model.json, pooling != Pooling::none);
  {
    Progress progress("encode", "texts");
    for (std::size_t start = 0; start < texts.size(); start += kPiece) {
      const std::size_t end = std::min(start + kPiece, texts.size());
      std::vector<TokenSequence> batch;
      for (std::size_t i = start; i < end; ++i) {
        batch.push_back(tokenize(*model, texts[i], max_sequence(*model, true)));
      }
      if (pooling == Pooling::none) {
        for (const Matrix& vectors : session.hidden(batch)) printer.add(vectors, 0, vectors.rows);
      } else {
        const Matrix vectors = session.embed(batch, pooling, normalize);
        for (std::int64_t r = 0; r < vectors.rows; ++r) printer.add(vectors, r, 1);
      }
      progress.update(static_cast<std::int64_t>(end), std::ssize(texts));
    }
  }
  if (options.model.json) {
    const auto named = std::find_if(kPoolings.begin(), kPoolings.end(),
                                    [&](const auto& entry) { return entry.second == pooling; });
    out().line(fmt::format(R"({{"pooling":"{}","normalized":{},"dimensions":{},"embeddings":{}}})",
                           named->first, normalize, config.hidden, printer.take_json()));
  }
  return 0;
}

}  // namespace

void add_encode(CLI::App& program, Run& run) {
  auto options = std::make_shared<Options>();
  CLI::App* command =
      add_command(program, "encode", "Embeddings of texts, one vector a line",
                  "  zerocl encode minilm --text \"A man is riding a horse.\"\n"
                  "  zerocl encode minilm --file sentences.txt --json > vectors.json\n"
                  "  zerocl encode bert --pooling cls --normalize --file - < sentences.txt");
  options->model.declare(*command);
  options->source.declare(*command);
  command
      ->add_option("--pooling", options->pooling,
                   "How token vectors become one: mean, cls (the first token's), none (a vector a "
                   "token); default: what the model's files say, else mean")
      ->type_name("mean|cls|none")
      ->check(CLI::IsMember({"mean", "cls", "none"}));
  command->add_flag("--normalize", options->normalize, "Vectors of unit length");
  command
      ->add_flag("--no-normalize", options->no_normalize,
                 "Vectors as they are, whatever the model's files say")
      ->excludes("--normalize");
  command->callback([&run, options] { run = [options] { return run_encode(*options); }; });
}

}  // namespace zerocl::cli
