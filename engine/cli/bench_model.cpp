#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>

#include "engine/cli/bench_requests.h"
#include "engine/cli/bench_workloads.h"
#include "engine/cli/progress.h"
#include "engine/cli/signals.h"
#include "engine/cli/synthetic_model.h"
#include "engine/cli/table.h"
#include "engine/quantize/quantize_model.h"
#include "host/error.h"
#include "host/ops/persistent_times.h"

namespace zerocl::cli {
namespace {

using Clock = std::chrono::steady_clock;

void measure(Turns& turns, const BenchOptions& options, Session& session) {
  for (Workload& workload : turns) workload.run(session);  // builds kernels, fills caches
  for (int i = 0; i < options.runs; ++i) {
    for (Workload& workload : turns) {
      check_interrupted();
      const auto start = Clock::now();
      workload.run(session);
      workload.figure.seconds.push_back(
          std::chrono::duration<double>(Clock::now() - start).count());
    }
  }
}

struct Profiled {
  Json kernels = Json::array();
  std::string table;
};

// Device time of each kernel over one more run of every workload (of mixed lengths: of the batch as
// it is), on a session that profiles.
Profiled profile(const std::vector<Turns>& all, Session& session, const BenchOptions& options) {
  Profile& profile = session.profile();
  profile.clear();
  for (const Turns& turns : all) turns.front().run(session);
  profile.collect();
  profile.clear();
  for (const Turns& turns : all) turns.front().run(session);
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

// Clocks of each step of the persistent kernels over one more run of every workload, on a session
// that times them.
Profiled steps(const std::vector<Turns>& all, Session& session) {
  ops::PersistentTimes* const times = session.step_times();
  if (times == nullptr) throw Error("--steps: this device runs each kernel by itself");
  for (const Turns& turns : all) turns.front().run(session);
  times->clear();
  for (const Turns& turns : all) turns.front().run(session);
  if (times->totals().empty())
    throw Error(
        "--steps: no batch ran as one launch (batches of W8A8 encoders of up to 1,024 tokens do)");
  using Align = Table::Align;
  Table table({{"step"},
               {"count", Align::right},
               {"clocks", Align::right},
               {"longest part", Align::right},
               {"mean part", Align::right}});
  Profiled result;
  double sum = 0;
  for (const auto& [step, total] : times->totals()) {
    const auto count = static_cast<double>(total.count);
    sum += total.clocks;
    result.kernels.push_back({{"step", step},
                              {"count", total.count},
                              {"clocks", total.clocks / count},
                              {"longest", total.longest / count},
                              {"mean", total.mean / count}});
    table.add({step, fmt::format("{}", total.count), fmt::format("{:.0f}", total.clocks / count),
               fmt::format("{:.0f}", total.longest / count),
               fmt::format("{:.0f}", total.mean / count)});
  }
  result.table = table.text() + fmt::format("Clocks in all: {:.0f}\n", sum);
  return result;
}

std::vector<Figure> figures_of(const std::vector<Turns>& all) {
  std::vector<Figure> figures;
  for (const Turns& turns : all) {
    for (const Workload& workload : turns) figures.push_back(workload.figure);
  }
  return figures;
}

std::string figures_table(const std::vector<Turns>& all, bool causal) {
  using Align = Table::Align;
  Table table({{"test"},
               {"batch", Align::right},
               {"ms", Align::right},
               {"tokens/s", Align::right},
               {causal ? "ms/token" : "texts/s", Align::right}});
  for (const Figure& f : figures_of(all)) {
    const double seconds = median(f.seconds);
    const auto batch = static_cast<double>(f.batch);
    const double last =
        causal ? seconds * 1e3 * batch / static_cast<double>(f.tokens) : batch / seconds;
    table.add({f.name, fmt::format("{}", f.batch), fmt::format("{:.2f}", seconds * 1e3),
               fmt::format("{:.1f}", f.tokens_per_second()), fmt::format("{:.2f}", last)});
  }
  return table.text();
}

Json figures_json(const std::vector<Turns>& all) {
  Json list = Json::array();
  for (const Figure& f : figures_of(all)) {
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

// Mixed lengths against as many tokens in equal lengths, and padding against mixed lengths.
struct MixedRatios {
  double of_prediction, of_padding;

  explicit MixedRatios(const Turns& turns)
      : of_prediction(seconds(turns, kMixed) / seconds(turns, kEqual)),
        of_padding(seconds(turns, kPadded) / seconds(turns, kMixed)) {}

 private:
  static double seconds(const Turns& turns, std::size_t which) {
    return median(turns.at(which).figure.seconds);
  }
};

std::string mixed_text(const std::vector<Turns>& all) {
  std::string text = fmt::format("\nLengths: uniform, mt19937_64, seed {}\n", kLengthsSeed);
  for (const Turns& turns : all) {
    const MixedRatios ratios(turns);
    text +=
        fmt::format("{}: {:.3f} of the time of as many tokens in equal lengths; padded {:.2f}\n",
                    turns[kMixed].figure.name, ratios.of_prediction, ratios.of_padding);
  }
  return text;
}

Json mixed_json(const std::vector<Turns>& all, LengthRange range) {
  Json list = Json::array();
  for (const Turns& turns : all) {
    const Figure& figure = turns[kMixed].figure;
    const MixedRatios ratios(turns);
    list.push_back({{"batch", figure.batch},
                    {"lengths", uniform_lengths(range, figure.batch, kLengthsSeed)},
                    {"seed", kLengthsSeed},
                    {"tokens", figure.tokens},
                    {"padded_tokens", turns[kPadded].figure.tokens},
                    {"seconds", median(figure.seconds)},
                    {"padded_seconds", median(turns[kPadded].figure.seconds)},
                    {"predicted_seconds", median(turns[kEqual].figure.seconds)},
                    {"mixed_over_predicted", ratios.of_prediction},
                    {"padded_over_mixed", ratios.of_padding}});
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

// A model on a device, ready to be measured.
class ModelBench {
 public:
  explicit ModelBench(const BenchOptions& options)
      : directory_(options.shape.empty() ? nullptr : std::make_unique<TemporaryDirectory>()),
        model_(open_model(options, directory_.get())),
        session_(model_, options.session) {}

  const ModelConfig& config() const { return model_->config(); }

  void measure(const BenchOptions& options) {
    all_ = bench_workloads(options, config());
    Progress progress("bench", "");
    for (Turns& turns : all_) {
      progress.show(turns.front().figure.name);
      cli::measure(turns, options, session_);
    }
    progress.show("profile");
    profiled_ = {};
    steps_ = {};
    if (options.steps) {
      SessionOptions session_options = options.session;
      session_options.step_times = true;
      Session timing(model_, session_options);
      steps_ = steps(all_, timing);
    }
    if (!options.profile && options.trace.empty()) return;
    if (!profiling_) {  // a session of its own: timing each launch slows the whole down
      SessionOptions session_options = options.session;
      session_options.profile = true;
      profiling_.emplace(model_, session_options);
    }
    profiled_ = profile(all_, *profiling_, options);
  }

  Json json(const BenchOptions& options) const {
    Json json = {{"model", name(options)},     {"weights", weights(options)},
                 {"scheme", model_->scheme()}, {"device", session_.device_name()},
                 {"runs", options.runs},       {"results", figures_json(all_)}};
    if (options.lengths) json["mixed"] = mixed_json(all_, *options.lengths);
    if (profiled_) json["kernels"] = profiled_->kernels;
    if (steps_) json["steps"] = steps_->kernels;
    return json;
  }

  void print(const BenchOptions& options) const {
    out().line(fmt::format("{} ({} weights), {}, on {}; median of {} runs\n", name(options),
                           weights(options), model_->scheme(), session_.device_name(),
                           options.runs));
    out().put(figures_table(all_, config().causal()));
    if (options.lengths) out().put(mixed_text(all_));
    if (profiled_) out().put("\n" + profiled_->table);
    if (steps_) out().put("\n" + steps_->table);
  }

 private:
  static std::string name(const BenchOptions& options) {
    return options.shape.empty() ? options.dir : options.shape;
  }
  static const char* weights(const BenchOptions& options) {
    return options.shape.empty() ? "real" : "synthetic";
  }

  std::unique_ptr<TemporaryDirectory> directory_;
  std::shared_ptr<const Model> model_;
  Session session_;
  std::optional<Session> profiling_;
  std::vector<Turns> all_;
  std::optional<Profiled> profiled_, steps_;
};

// Measures what standard input asks for, one answer a line as soon as it is there: programs that
// compare can let engines take turns without starting this one anew each time.
int answer_requests(ModelBench& bench, BenchOptions options) {
  if (bench.config().causal()) throw Error("--requests is for encoders", ErrorKind::usage);
  BenchRequests requests;
  while (const auto request = requests.next()) {
    options.batches = {request->batch};
    options.sequence = request->sequence;
    options.runs = request->runs;
    bench.measure(options);
    out().json(bench.json(options));
    out().flush();
  }
  return 0;
}

}  // namespace

int bench_model(const BenchOptions& options) {
  const InterruptGuard guard;  // the synthetic model is removed
  ModelBench bench(options);
  if (options.requests) return answer_requests(bench, options);
  bench.measure(options);
  if (options.json) {
    out().json(bench.json(options));
  } else {
    bench.print(options);
  }
  return 0;
}

}  // namespace zerocl::cli
