#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <optional>

#include "engine/cli/bench.h"
#include "engine/cli/progress.h"
#include "engine/cli/signals.h"
#include "engine/cli/synthetic_model.h"
#include "engine/cli/table.h"
#include "engine/quantize/quantize_model.h"
#include "engine/session/open_sequence.h"
#include "host/error.h"

namespace zerocl::cli {
namespace {

using Clock = std::chrono::steady_clock;

// One figure: so many tokens (and sequences) in so many seconds.
struct Figure {
  std::string name;  // "pp512", "tg128", "batch 8 x 128"
  std::int64_t batch = 1;
  std::int64_t tokens = 0;
  std::vector<double> seconds = {};  // of each run

  double tokens_per_second() const { return static_cast<double>(tokens) / median(seconds); }
};

// What is repeated: the same work each time, on the session given.
struct Workload {
  Figure figure;
  std::function<void(Session&)> run;
};

// The speed does not depend on which ids there are; special ones at the start are avoided.
std::vector<TokenId> some_ids(const ModelConfig& config, std::int64_t count) {
  std::vector<TokenId> ids;
  std::uint32_t state = 1;  // Numerical Recipes' generator
  for (std::int64_t i = 0; i < count; ++i) {
    state = state * 1664525U + 1013904223U;
    ids.push_back(
        static_cast<TokenId>((state >> 8) % static_cast<std::uint32_t>(config.vocabulary)));
  }
  return ids;
}

Workload prompt_workload(const ModelConfig& config, std::int64_t length) {
  return {{fmt::format("pp{}", length), 1, length},
          [ids = some_ids(config, length)](Session& session) {
            const OpenSequence sequence(session);
            session.extend_greedy(sequence.id(), ids);
          }};
}

// Token by token from an empty context, `batch` sequences side by side.
Workload generate_workload(const ModelConfig& config, std::int64_t length, std::int64_t batch) {
  Figure figure{fmt::format("tg{}", length), batch, length * batch};
  if (batch == 1) {
    return {figure, [length, first = some_ids(config, 1).front()](Session& session) {
              const OpenSequence sequence(session);
              TokenId token = first;
              for (std::int64_t i = 0; i < length; ++i) {
                check_interrupted();
                token = session.extend_greedy(sequence.id(), {&token, 1});
              }
            }};
  }
  return {figure, [length, batch, ids = some_ids(config, batch)](Session& session) {
            std::vector<std::unique_ptr<OpenSequence>> open;
            std::vector<Session::SequenceId> sequences;
            std::vector<std::vector<TokenId>> tokens;
            for (std::int64_t b = 0; b < batch; ++b) {
              open.push_back(std::make_unique<OpenSequence>(session));
              sequences.push_back(open.back()->id());
              tokens.push_back({ids[static_cast<std::size_t>(b)]});
            }
            for (std::int64_t i = 0; i < length; ++i) {
              check_interrupted();
              session.extend_batch(sequences, tokens);
            }
          }};
}

// Encoders: what `encode` or `classify` runs.
Workload encode_workload(const ModelConfig& config, std::int64_t batch, std::int64_t length) {
  std::vector<TokenSequence> sequences(static_cast<std::size_t>(batch),
                                       TokenSequence{some_ids(config, length), {}});
  Figure figure{fmt::format("{} x {}", batch, length), batch, batch * length};
  const bool classifier = config.head == HeadType::sequence_classification;
  return {figure, [classifier, sequences = std::move(sequences)](Session& session) {
            if (classifier) {
              session.forward(sequences);
            } else {
              const ModelConfig& c = session.model().config();
              session.embed(sequences, c.pooling == Pooling::none ? Pooling::mean : c.pooling,
                            c.normalize);
            }
          }};
}

std::vector<Workload> workloads(const BenchOptions& options, const ModelConfig& config) {
  std::vector<Workload> all;
  if (config.causal()) {
    all.push_back(prompt_workload(config, std::min(options.prompt, config.max_tokens())));
    const std::int64_t length = std::min(options.generated, config.max_tokens());
    for (const std::int64_t batch : options.batches) {
      all.push_back(generate_workload(config, length, batch));
    }
  } else {
    const std::int64_t length = std::min(options.sequence, config.max_tokens());
    for (const std::int64_t batch : options.batches) {
      all.push_back(encode_workload(config, batch, length));
    }
  }
  return all;
}

void measure(Workload& workload, const BenchOptions& options, Session& session) {
  workload.run(session);  // builds kernels, loads weights, fills caches
  for (int i = 0; i < options.runs; ++i) {
    check_interrupted();
    const auto start = Clock::now();
    workload.run(session);
    workload.figure.seconds.push_back(std::chrono::duration<double>(Clock::now() - start).count());
  }
}

struct Profiled {
  Json kernels = Json::array();
  std::string table;
};

// Device time of each kernel over one more run of every workload, on a session of its own: timing
// each launch slows the whole down.
Profiled profile(const std::vector<Workload>& all, const std::shared_ptr<const Model>& model,
                 const BenchOptions& options) {
  SessionOptions session_options = options.session;
  session_options.profile = true;
  Session session(model, session_options);
  Profile& profile = session.profile();
  for (const Workload& workload : all) workload.run(session);
  profile.collect();
  profile.clear();
  for (const Workload& workload : all) workload.run(session);
  profile.collect();  // the last result has been read back: all launches have ended

  std::vector<std::pair<std::string, Profile::Total>> totals(profile.totals().begin(),
                                                             profile.totals().end());
  std::sort(totals.begin(), totals.end(),
            [](const auto& a, const auto& b) { return a.second.device_ns > b.second.device_ns; });
  double sum = 0;
  for (const auto& [kernel, total] : totals) sum += static_cast<double>(total.device_ns);
  using Align = Table::Align;
  Table table({{"kernel"},
               {"launches", Align::right},
               {"ms", Align::right},
               {"us each", Align::right},
               {"%", Align::right}});
  Profiled result;
  for (const auto& [kernel, total] : totals) {
    const auto ns = static_cast<double>(total.device_ns);
    const auto count = static_cast<double>(total.count);
    result.kernels.push_back({{"kernel", kernel},
                              {"launches", total.count},
                              {"device_ms", ns * 1e-6},
                              {"us_each", ns * 1e-3 / count},
                              {"percent", 100 * ns / sum}});
    table.add({kernel, fmt::format("{}", total.count), fmt::format("{:.3f}", ns * 1e-6),
               fmt::format("{:.1f}", ns * 1e-3 / count), fmt::format("{:.1f}", 100 * ns / sum)});
  }
  result.table = table.text();
  if (!options.trace.empty()) {
    write_file(options.trace, profile.chrome_trace(session.device_name()));
  }
  return result;
}

std::string figures_table(const std::vector<Workload>& all, bool causal) {
  using Align = Table::Align;
  Table table({{"test"},
               {"batch", Align::right},
               {"ms", Align::right},
               {"tokens/s", Align::right},
               {causal ? "ms/token" : "texts/s", Align::right}});
  for (const Workload& workload : all) {
    const Figure& f = workload.figure;
    const double seconds = median(f.seconds);
    const auto batch = static_cast<double>(f.batch);
    const double last =
        causal ? seconds * 1e3 * batch / static_cast<double>(f.tokens) : batch / seconds;
    table.add({f.name, fmt::format("{}", f.batch), fmt::format("{:.2f}", seconds * 1e3),
               fmt::format("{:.1f}", f.tokens_per_second()), fmt::format("{:.2f}", last)});
  }
  return table.text();
}

Json figures_json(const std::vector<Workload>& all) {
  Json list = Json::array();
  for (const Workload& workload : all) {
    const Figure& f = workload.figure;
    list.push_back({{"test", f.name},
                    {"batch", f.batch},
                    {"tokens", f.tokens},
                    {"seconds", f.seconds},
                    {"median_seconds", median(f.seconds)},
                    {"tokens_per_second", f.tokens_per_second()},
                    {"sequences_per_second", static_cast<double>(f.batch) / median(f.seconds)}});
  }
  return list;
}

// The model to measure; a synthetic one is written to `directory` first.
std::shared_ptr<const Model> open_model(const BenchOptions& options,
                                        const TemporaryDirectory* directory) {
  if (directory == nullptr) return Model::open(options.dir);
  Progress progress("bench", "");
  progress.show("writing synthetic weights");
  const auto floats = directory->path() / "float";
  write_synthetic_model(options.shape, floats);
  if (options.scheme == "f32") return Model::open(floats);
  const auto quantized = directory->path() / "quantized";
  quantize_model(floats, quantized, {.scheme = options.scheme, .device = options.session.device},
                 [&](const std::string& module, std::int64_t, std::int64_t) {
                   check_interrupted();
                   progress.show("quantizing " + module);
                 });
  return Model::open(quantized);
}

}  // namespace

int bench_model(const BenchOptions& options) {
  const InterruptGuard guard;  // the synthetic model is removed
  std::optional<TemporaryDirectory> directory;
  if (!options.shape.empty()) directory.emplace();
  const auto model = open_model(options, directory ? &*directory : nullptr);
  const ModelConfig& config = model->config();
  std::vector<Workload> all = workloads(options, config);
  Session session(model, options.session);
  {
    Progress progress("bench", "");
    for (Workload& workload : all) {
      progress.show(workload.figure.name);
      measure(workload, options, session);
    }
  }
  std::optional<Profiled> profiled;
  if (options.profile || !options.trace.empty()) profiled = profile(all, model, options);

  const std::string name = options.shape.empty() ? options.dir : options.shape;
  const char* weights = options.shape.empty() ? "real" : "synthetic";
  if (options.json) {
    Json json = {{"model", name},
                 {"weights", weights},
                 {"scheme", model->scheme()},
                 {"device", session.device_name()},
                 {"runs", options.runs},
                 {"results", figures_json(all)}};
    if (profiled) json["kernels"] = profiled->kernels;
    out().json(json);
  } else {
    out().line(fmt::format("{} ({} weights), {}, on {}; median of {} runs\n", name, weights,
                           model->scheme(), session.device_name(), options.runs));
    out().put(figures_table(all, config.causal()));
    if (profiled) out().put("\n" + profiled->table);
  }
  return 0;
}

}  // namespace zerocl::cli
