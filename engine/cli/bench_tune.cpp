#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "engine/cli/bench.h"
#include "engine/cli/bench_timing.h"
#include "engine/cli/progress.h"
#include "engine/cli/signals.h"
#include "engine/cli/synthetic_model.h"
#include "engine/cli/table.h"
#include "engine/verify/kernel_case.h"
#include "host/error.h"
#include "host/ops/tuning.h"
#include "host/ops/tuning_file.h"
#include "host/ops/variant.h"

namespace zerocl::cli {
namespace {

constexpr double kRunSeconds = 0.01;  // a run repeats the kernel for at least this long
constexpr std::int64_t kRows[] = {1,    8,    32,   64,   128,   256,  512,
                                  1024, 2048, 4096, 8192, 16384, 32768};

// One product, timed with each kernel that its launcher can choose.
struct Tuned {
  ops::TileQuestion question;
  std::vector<double> microseconds;  // medians, by kernel
  std::size_t chosen = 0;

  double gain() const { return microseconds[question.untuned] / microseconds[chosen]; }
};

std::vector<ShapeWidths> widths_of(const BenchOptions& options) {
  if (!options.dir.empty()) {
    const ModelConfig& config = Model::open(options.dir)->config();
    return {{config.hidden, config.inner}};
  }
  if (!options.shape.empty()) return {shape_widths(options.shape)};
  return {shape_widths("bert-base"), shape_widths("bert-large")};
}

// A layer's products: queries, keys and values; attention's output; the feed-forward layer's two.
std::vector<LinearDims> products_of(const BenchOptions& options) {
  std::vector<std::int64_t> rows = options.rows;
  if (rows.empty()) rows.assign(std::begin(kRows), std::end(kRows));
  std::vector<LinearDims> all;
  for (const auto& [hidden, inner] : widths_of(options)) {
    for (const auto& [outputs, inputs] : {std::pair(3 * hidden, hidden), std::pair(hidden, hidden),
                                          std::pair(inner, hidden), std::pair(hidden, inner)}) {
      for (const std::int64_t m : rows) all.push_back({m, outputs, inputs});
    }
  }
  return all;
}

// Whether a device should try: memory enough, and on a CPU an end in sight.
bool fits(const KernelCase& problem, const DeviceFacts& facts) {
  constexpr double kCpuOperations = 2e9;
  if (facts.is_cpu && problem.operations() > kCpuOperations) return false;
  return problem.bytes() < 0.25 * static_cast<double>(facts.global_mem_bytes) &&
         problem.bytes() < static_cast<double>(facts.max_alloc_bytes);
}

// The choice that the operator's launcher has, by launching it once; nothing: it has none.
std::optional<ops::TileQuestion> ask(KernelCase& problem, Queue& queue) {
  const ops::TileChoices choices;
  problem.launch(queue);
  queue.finish();
  return choices.last();
}

Tuned tune(KernelCase& problem, const ops::TileQuestion& question, Queue& queue, int runs) {
  ops::TileChoices choices;
  const std::size_t kernels = question.kernels.size();
  const auto launch = [&] { problem.launch(queue); };
  std::vector<int> counts;
  for (std::size_t i = 0; i < kernels; ++i) {
    choices.force(i);
    counts.push_back(launches_for(queue, kRunSeconds, launch));
  }
  // In turns, so that a clock that drifts favours none.
  std::vector<std::vector<double>> times(kernels);
  for (int run = 0; run < runs; ++run) {
    for (std::size_t i = 0; i < kernels; ++i) {
      choices.force(i);
      times[i].push_back(seconds_of(queue, counts[i], launch) / counts[i]);
    }
  }
  Tuned tuned{question, {}};
  for (const std::vector<double>& kernel : times) {
    // Hundredths of a microsecond, as they are written.
    tuned.microseconds.push_back(std::max(std::round(1e8 * median(kernel)) / 100, 0.01));
  }
  const auto least = std::min_element(tuned.microseconds.begin(), tuned.microseconds.end());
  tuned.chosen = static_cast<std::size_t>(least - tuned.microseconds.begin());
  return tuned;
}

// Two problems of an operator may be one to its launcher.
bool measured(const std::vector<Tuned>& all, const ops::TileQuestion& question) {
  return std::any_of(all.begin(), all.end(),
                     [&](const Tuned& tuned) { return tuned.question == question; });
}

std::vector<const KernelFamily*> tuned_families(const BenchOptions& options) {
  std::vector<const KernelFamily*> families;
  for (const KernelFamily& family : kernel_families()) {
    if (family.products == nullptr) continue;
    const auto& asked = options.operators;
    if (asked.empty() || std::count(asked.begin(), asked.end(), family.op) > 0) {
      families.push_back(&family);
    }
  }
  for (const std::string& op : options.operators) {
    if (std::none_of(families.begin(), families.end(),
                     [&](const KernelFamily* family) { return family->op == op; })) {
      throw Error("bench --tune: \"" + op + "\" is no product", ErrorKind::usage);
    }
  }
  return families;
}

// With the variant that a model would take on this device; none: the fused operators' steps.
const Variant* variant_of(const std::string& op, const DeviceFacts& facts) {
  for (const OperatorVariants& entry : operator_variants()) {
    if (entry.op != op) continue;
    const Variant* best = best_variant(op, entry.variants, facts);
    return best != nullptr || entry.fused ? best : &entry.variants.back();
  }
  return nullptr;
}

// One operator at every width and number of rows.
void tune_family(const KernelFamily& family, const std::vector<LinearDims>& products, int runs,
                 Queue& queue, std::vector<Tuned>& all) {
  const Variant* variant = variant_of(family.op, queue.facts());
  if (variant == nullptr) return;
  const std::string name(variant->name);
  Progress progress("tune", "");
  for (const LinearDims& dims : products) {
    for (const auto& problem : family.products(dims)) {
      check_interrupted();
      if (!problem->serves(name) || !fits(*problem, queue.facts())) continue;
      progress.show(fmt::format("{} {}", family.op, problem->shape()));
      problem->prepare(queue, name);
      const auto question = ask(*problem, queue);
      // Nor at any other shape; an operator's steps have choices of their own.
      if (!question || question->op != family.op) return;
      if (!measured(all, *question)) all.push_back(tune(*problem, *question, queue, runs));
    }
  }
}

// The device's table as it was, with the new measurements.
ops::TuningTable table_with(const std::vector<Tuned>& all, const std::filesystem::path& directory,
                            const DeviceFacts& facts) {
  ops::TuningTable table =
      ops::load_tuning(directory, facts).value_or(ops::TuningTable(ops::tuned_device(facts)));
  for (const Tuned& tuned : all) {
    ops::TunedTimes times{tuned.question.op, tuned.question.shape, {}};
    for (std::size_t i = 0; i < tuned.microseconds.size(); ++i) {
      times.microseconds[tuned.question.kernels[i]] = tuned.microseconds[i];
    }
    table.add(std::move(times));
  }
  return table;
}

std::string tuned_table(const std::vector<Tuned>& all) {
  using Align = Table::Align;
  Table table({{"operator"},
               {"M", Align::right},
               {"N", Align::right},
               {"K bytes", Align::right},
               {"chosen"},
               {"us", Align::right},
               {"untuned"},
               {"us", Align::right},
               {"gain %", Align::right}});
  for (const Tuned& t : all) {
    const ops::LinearShape& shape = t.question.shape;
    table.add({t.question.op, fmt::format("{}", shape.rows), fmt::format("{}", shape.outputs),
               fmt::format("{}", shape.inputs), t.question.kernels[t.chosen],
               fmt::format("{:.1f}", t.microseconds[t.chosen]),
               t.question.kernels[t.question.untuned],
               fmt::format("{:.1f}", t.microseconds[t.question.untuned]),
               fmt::format("{:.1f}", 100 * (t.gain() - 1))});
  }
  return table.text();
}

Json tuned_json(const std::vector<Tuned>& all) {
  Json list = Json::array();
  for (const Tuned& t : all) {
    Json us = Json::object();
    for (std::size_t i = 0; i < t.microseconds.size(); ++i) {
      us[t.question.kernels[i]] = t.microseconds[i];
    }
    list.push_back({{"operator", t.question.op},
                    {"rows", t.question.shape.rows},
                    {"outputs", t.question.shape.outputs},
                    {"inputs", t.question.shape.inputs},
                    {"chosen", t.question.kernels[t.chosen]},
                    {"untuned", t.question.kernels[t.question.untuned]},
                    {"gain", t.gain()},
                    {"us", std::move(us)}});
  }
  return list;
}

std::string summary(const std::vector<Tuned>& all) {
  double logs = 0, most = 1;
  int other = 0;
  for (const Tuned& t : all) {
    logs += std::log(t.gain());
    most = std::max(most, t.gain());
    other += t.chosen != t.question.untuned ? 1 : 0;
  }
  return fmt::format("{} of {} chosen otherwise; gain {:.1f} % on average, {:.1f} % at most", other,
                     all.size(), 100 * (std::exp(logs / static_cast<double>(all.size())) - 1),
                     100 * (most - 1));
}

}  // namespace

int bench_tune(const BenchOptions& options) {
  const std::filesystem::path directory = ops::tuning_directory();
  const std::shared_ptr<Context> context = Context::create(select_device(options.session.device));
  const DeviceFacts& facts = context->facts();
  Queue queue(context);
  const InterruptGuard guard;
  const std::vector<LinearDims> products = products_of(options);
  std::vector<Tuned> all;
  for (const KernelFamily* family : tuned_families(options)) {
    tune_family(*family, products, options.runs, queue, all);
  }
  std::string file;
  if (!all.empty()) {
    ops::save_tuning(directory, facts, table_with(all, directory, facts));
    ops::use_tuning(facts, nullptr);  // read back
    file = ops::tuning_path(directory, facts).string();
  }
  if (options.json) {
    out().json({{"device", facts.name},
                {"driver", facts.driver_version},
                {"runs", options.runs},
                {"file", file.empty() ? Json(nullptr) : Json(file)},
                {"tuned", tuned_json(all)}});
    return 0;
  }
  if (all.empty()) {
    out().line(
        fmt::format("{}: nothing to tune: no operator has a choice of kernels here", facts.name));
    return 0;
  }
  out().line(fmt::format("{}, driver {}; median of {} runs\n", facts.name, facts.driver_version,
                         options.runs));
  out().put(tuned_table(all));
  out().line(fmt::format("\n{}\nwritten: {}", summary(all), file));
  return 0;
}

}  // namespace zerocl::cli
