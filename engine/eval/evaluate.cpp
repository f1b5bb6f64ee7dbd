#include "engine/eval/evaluate.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "engine/eval/metrics.h"
#include "engine/session/text.h"
#include "host/error.h"

namespace zerocl {
namespace {

using Progress = std::function<bool(std::int64_t, std::int64_t)>;

std::string lower(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return text;
}

// Which class of the data each output of the model stands for: by name where the names are the
// task's, in whatever order the model has them, else by number.
std::vector<int> class_of_output(const ModelConfig& config, GlueTask task) {
  const std::vector<std::string> names = glue_labels(task);
  std::vector<int> by_name;
  for (const std::string& label : config.labels) {
    const auto at = std::find(names.begin(), names.end(), lower(label));
    if (at != names.end()) by_name.push_back(static_cast<int>(at - names.begin()));
  }
  std::vector<int> by_number(config.labels.size());
  for (std::size_t i = 0; i < by_number.size(); ++i) by_number[i] = static_cast<int>(i);
  return std::is_permutation(by_name.begin(), by_name.end(), by_number.begin(), by_number.end())
             ? by_name
             : by_number;
}

// Lowest index of the largest value; a NaN never wins.
std::size_t largest(std::span<const float> values) {
  std::size_t best = 0;
  for (std::size_t i = 1; i < values.size(); ++i) {
    if (values[i] > values[best] || (std::isnan(values[best]) && !std::isnan(values[i]))) best = i;
  }
  return best;
}

// Runs `run(batch, indices)` over all sequences in batches of similar length.
template <class Run>
void run_batches(std::span<const TokenSequence> sequences, const EvalOptions& options,
                 const Progress& progress, const Run& run) {
  std::int64_t done = 0;
  for (const auto& indices : batches_by_length(sequences, options.max_batch_tokens)) {
    std::vector<TokenSequence> batch;
    batch.reserve(indices.size());
    for (const std::size_t index : indices) batch.push_back(sequences[index]);
    run(batch, indices);
    done += std::ssize(indices);
    if (progress && !progress(done, std::ssize(sequences))) throw Error("eval: interrupted");
  }
}

// The head's output rows, [1, labels] an example, in the order of the examples.
std::vector<Matrix> head_outputs(Session& session, std::span<const GlueExample> examples,
                                 const EvalOptions& options, const Progress& progress) {
  const Model& model = session.model();
  std::vector<TokenSequence> sequences;
  for (const GlueExample& example : examples) {
    sequences.push_back(tokenize(model, {example.text, example.pair}, max_sequence(model, false)));
  }
  std::vector<Matrix> outputs(examples.size());
  run_batches(sequences, options, progress, [&](const auto& batch, const auto& indices) {
    std::vector<Matrix> results = session.forward(batch);
    for (std::size_t i = 0; i < indices.size(); ++i) outputs[indices[i]] = std::move(results[i]);
  });
  return outputs;
}

double cosine(std::span<const float> a, std::span<const float> b) {
  double ab = 0, aa = 0, bb = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double x = a[i], y = b[i];
    ab += x * y;
    aa += x * x;
    bb += y * y;
  }
  return ab / std::max(std::sqrt(aa) * std::sqrt(bb), 1e-12);
}

bool is_sentence_encoder(const ModelConfig& config) {
  return config.head == HeadType::none && !config.causal();
}

using Vectors = std::vector<std::vector<float>>;

// The embedding of each text.
Vectors embed_texts(Session& session, const std::vector<std::string>& texts,
                    const EvalOptions& options, const Progress& progress) {
  const Model& model = session.model();
  std::vector<TokenSequence> sequences;
  sequences.reserve(texts.size());
  for (const std::string& text : texts) {
    sequences.push_back(tokenize(model, {text, {}}, max_sequence(model, true)));
  }
  const ModelConfig& config = model.config();
  Vectors vectors(sequences.size());
  run_batches(sequences, options, progress, [&](const auto& batch, const auto& indices) {
    const Matrix embedded = session.embed(batch, config.pooling, config.normalize);
    for (std::size_t i = 0; i < indices.size(); ++i) {
      const auto row = embedded.row(static_cast<std::int64_t>(i));
      vectors[indices[i]].assign(row.begin(), row.end());
    }
  });
  return vectors;
}

double mean_cosine(const Vectors& a, const Vectors& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += cosine(a[i], b[i]);
  return sum / static_cast<double>(a.size());
}

void check_baseline(const EvalOptions& options, const ModelConfig& config) {
  if (options.baseline == nullptr) return;
  const ModelConfig& other = options.baseline->model().config();
  if (options.task != GlueTask::stsb || !is_sentence_encoder(config) ||
      !is_sentence_encoder(other) || config.hidden != other.hidden) {
    throw Error("a baseline is for stsb with two sentence encoders whose vectors have one length",
                ErrorKind::usage);
  }
}

// Predictions are the cosines of each pair's embeddings.
EvalReport evaluate_encoder(Session& session, std::span<const GlueExample> examples,
                            const EvalOptions& options, const Progress& progress) {
  std::vector<std::string> texts;  // distinct ones
  std::map<std::string, std::size_t> index;
  for (const GlueExample& example : examples) {
    for (const std::string& text : {example.text, *example.pair}) {
      if (index.emplace(text, texts.size()).second) texts.push_back(text);
    }
  }
  const auto all = std::ssize(texts) * (options.baseline != nullptr ? 2 : 1);
  const auto part = [&](std::int64_t before) {
    return [&progress, all, before](std::int64_t done, std::int64_t) {
      return !progress || progress(before + done, all);
    };
  };
  const Vectors vectors = embed_texts(session, texts, options, part(0));
  std::vector<double> predicted, expected;
  for (const GlueExample& example : examples) {
    predicted.push_back(cosine(vectors[index.at(example.text)], vectors[index.at(*example.pair)]));
    expected.push_back(example.target);
  }
  EvalReport report = {{{"spearman", metrics::spearman(predicted, expected)},
                        {"pearson", metrics::pearson(predicted, expected)}},
                       std::ssize(examples)};
  if (options.baseline != nullptr) {
    const Vectors other = embed_texts(*options.baseline, texts, options, part(std::ssize(texts)));
    report.metrics.emplace_back("mean_cosine", mean_cosine(vectors, other));
  }
  return report;
}

EvalReport evaluate_similarity(Session& session, std::span<const GlueExample> examples,
                               const EvalOptions& options, const Progress& progress) {
  const ModelConfig& config = session.model().config();
  if (is_sentence_encoder(config)) return evaluate_encoder(session, examples, options, progress);
  if (config.head != HeadType::sequence_classification || config.labels.size() != 1) {
    throw Error("stsb needs a sentence encoder or a head with one output; this is a " +
                    config.architecture + " with " + std::to_string(config.labels.size()) +
                    " labels",
                ErrorKind::usage);
  }
  std::vector<double> predicted, expected;
  for (const Matrix& output : head_outputs(session, examples, options, progress)) {
    predicted.push_back(output.values.front());
  }
  for (const GlueExample& example : examples) expected.push_back(example.target);
  return {{{"spearman", metrics::spearman(predicted, expected)},
           {"pearson", metrics::pearson(predicted, expected)}},
          std::ssize(examples)};
}

EvalReport evaluate_classes(Session& session, std::span<const GlueExample> examples,
                            const EvalOptions& options, const Progress& progress) {
  const ModelConfig& config = session.model().config();
  const std::size_t classes = glue_labels(options.task).size();
  if (config.head != HeadType::sequence_classification || config.labels.size() != classes) {
    throw Error(std::string(glue_task_name(options.task)) + " needs a classifier with " +
                    std::to_string(classes) + " labels; this is a " + config.architecture +
                    " with " + std::to_string(config.labels.size()),
                ErrorKind::usage);
  }
  const std::vector<int> class_of = class_of_output(config, options.task);
  std::vector<int> predicted, expected;
  for (const Matrix& output : head_outputs(session, examples, options, progress)) {
    predicted.push_back(class_of[largest(output.values)]);
  }
  for (const GlueExample& example : examples) expected.push_back(static_cast<int>(example.target));

  EvalReport report;
  report.examples = std::ssize(examples);
  if (options.task == GlueTask::cola) {
    report.metrics.emplace_back("mcc", metrics::matthews(predicted, expected));
  }
  if (options.task == GlueTask::mrpc) {
    report.metrics.emplace_back("f1", metrics::f1(predicted, expected));
  }
  report.metrics.emplace_back("accuracy", metrics::accuracy(predicted, expected));
  return report;
}

}  // namespace

EvalReport evaluate(Session& session, const EvalOptions& options, const Progress& progress) {
  if (options.limit < 0 || options.max_batch_tokens < 1) {
    throw Error("eval: limit must be >= 0 and max_batch_tokens >= 1", ErrorKind::usage);
  }
  check_baseline(options, session.model().config());
  const std::vector<GlueExample> examples = read_glue(options.task, options.data, options.limit);
  return options.task == GlueTask::stsb ? evaluate_similarity(session, examples, options, progress)
                                        : evaluate_classes(session, examples, options, progress);
}

}  // namespace zerocl
