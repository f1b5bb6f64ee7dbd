#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "engine/cli/bench.h"
#include "engine/cli/bench_timing.h"
#include "engine/cli/progress.h"
#include "engine/cli/table.h"
#include "engine/verify/compare.h"
#include "engine/verify/kernel_case.h"
#include "host/error.h"
#include "host/ops/variant.h"

namespace zerocl::cli {
namespace {

constexpr double kRunSeconds = 0.05;     // a run repeats the kernel for at least this long
constexpr double kCpuOperations = 2e11;  // problems beyond are for GPUs: minutes on a CPU
constexpr std::size_t kCopyBytes = 256U << 20;

struct Line {
  std::string op, variant, shape;
  double microseconds = 0, gigabytes_per_second = 0, tera_operations_per_second = 0;
  std::string bits = {};  // "equal", "not checked", or where they differ
  bool wrong = false;
};

// A problem of which no kernel was timed, and why.
struct Skipped {
  std::string op, shape, why;
};

struct Measured {
  std::vector<Line> lines;
  std::vector<Skipped> skipped;
};

// Median seconds of one execution, the host's launch cost included where the device is quicker.
double time_of(Queue& queue, int runs, const Enqueue& enqueue) {
  const int count = launches_for(queue, kRunSeconds, enqueue);
  std::vector<double> times;
  times.reserve(static_cast<std::size_t>(runs));
  for (int i = 0; i < runs; ++i) times.push_back(seconds_of(queue, count, enqueue) / count);
  return median(times);
}

// GB/s, read and written, of a copy within the device's memory: what bytes are measured against.
double copy_bandwidth(Queue& queue, int runs) {
  const std::size_t bytes =
      std::min<std::size_t>(kCopyBytes, queue.facts().max_alloc_bytes / 4 / 4096 * 4096);
  const Buffer from(*queue.context(), bytes), to(*queue.context(), bytes);
  queue.fill(from, 0);
  const double seconds = time_of(queue, runs, [&] { queue.copy(from.view(), to.view(), bytes); });
  return 2.0 * static_cast<double>(bytes) / seconds * 1e-9;
}

// Why a variant is not timed on a device: it cannot run there, or is meant for another kind. (A
// CPU's launch shape, one work-item a tile, would keep a GPU busy for minutes and say nothing.)
std::optional<std::string> refusal_of(const std::string& op, const std::string& variant,
                                      const DeviceFacts& facts) {
  const Variant* row = find_variant(op, variant);
  if (!row) return std::nullopt;
  if (auto why = row->refusal(facts)) return why;
  if (!is_meant_for(*row, facts)) return "is meant for other devices";
  return std::nullopt;
}

bool is_asked(const std::string& variant, const BenchOptions& options) {
  return options.variants.empty() ||
         std::count(options.variants.begin(), options.variants.end(), variant_label(variant)) > 0;
}

KernelCases cases_of(const KernelFamily& family, const BenchOptions& options,
                     std::vector<Skipped>& skipped) {
  if (options.products.empty()) return family.cases(CaseGrid::bench);
  KernelCases all;
  for (const LinearDims& dims : options.products) {
    KernelCases problems = family.products(dims);
    if (problems.empty())
      skipped.push_back({family.op, fmt::format("{}x{}x{}", dims.rows, dims.outputs, dims.inputs),
                         "no model has such a product for it"});
    for (auto& problem : problems) all.push_back(std::move(problem));
  }
  return all;
}

std::string compare(const std::vector<HostTensor>& expected,
                    const std::vector<HostTensor>& actual) {
  for (std::size_t i = 0; i < expected.size(); ++i) {
    if (i >= actual.size()) return expected[i].name + " is missing";
    if (const auto mismatch = compare_bits(expected[i], actual[i])) return mismatch->text();
  }
  return "";
}

Line measure(KernelCase& problem, const std::string& variant, Queue& queue,
             const std::optional<std::vector<HostTensor>>& expected, int runs) {
  Line line{.op = problem.op(), .variant = variant_label(variant), .shape = problem.shape()};
  problem.prepare(queue, variant);
  problem.launch(queue);
  line.bits = "not checked";
  if (expected) {
    const std::string difference = compare(*expected, problem.outputs(queue));
    line.wrong = !difference.empty();
    line.bits = line.wrong ? "DIFFER: " + difference : "equal";
  }
  const double seconds = time_of(queue, runs, [&] { problem.launch(queue); });
  line.microseconds = seconds * 1e6;
  line.gigabytes_per_second = problem.bytes() / seconds * 1e-9;
  line.tera_operations_per_second = problem.operations() / seconds * 1e-12;
  return line;
}

std::vector<const KernelFamily*> chosen_families(const BenchOptions& options) {
  std::vector<const KernelFamily*> chosen;
  for (const KernelFamily& family : kernel_families()) {
    if (options.operators.empty() ||
        std::count(options.operators.begin(), options.operators.end(), family.op) > 0) {
      if (!options.products.empty() && family.products == nullptr) {
        if (options.operators.empty()) continue;
        throw Error("bench --products: \"" + family.op + "\" is no product", ErrorKind::usage);
      }
      chosen.push_back(&family);
    }
  }
  for (const std::string& op : options.operators) {
    const bool known = std::any_of(chosen.begin(), chosen.end(),
                                   [&](const KernelFamily* family) { return family->op == op; });
    if (!known) throw Error("bench: no operator \"" + op + "\"", ErrorKind::usage);
  }
  for (const std::string& name : options.variants) {
    const bool known = std::any_of(chosen.begin(), chosen.end(), [&](const KernelFamily* family) {
      const std::vector<std::string> names = family->variants();
      return std::any_of(names.begin(), names.end(), [&](const std::string& variant) {
        return variant_label(variant) == name;
      });
    });
    if (!known) throw Error("bench: no variant \"" + name + "\" of these", ErrorKind::usage);
  }
  return chosen;
}

Json line_json(const Line& line, double copy) {
  return {{"operator", line.op},
          {"variant", line.variant},
          {"shape", line.shape},
          {"us", line.microseconds},
          {"gb_per_s", line.gigabytes_per_second},
          {"percent_of_copy", 100 * line.gigabytes_per_second / copy},
          {"tops", line.tera_operations_per_second},
          {"bits", line.bits}};
}

std::string lines_table(const std::vector<Line>& lines, double copy) {
  using Align = Table::Align;
  Table table({{"operator"},
               {"variant"},
               {"shape"},
               {"us", Align::right},
               {"GB/s", Align::right},
               {"% of copy", Align::right},
               {"TOPS", Align::right},
               {"bits"}});
  for (const Line& line : lines) {
    const bool computes = line.tera_operations_per_second > 0;
    table.add({line.op, line.variant, line.shape, fmt::format("{:.1f}", line.microseconds),
               fmt::format("{:.2f}", line.gigabytes_per_second),
               fmt::format("{:.0f}", 100 * line.gigabytes_per_second / copy),
               computes ? fmt::format("{:.4f}", line.tera_operations_per_second) : "", line.bits});
  }
  return table.text();
}

// The variants of a problem that can be timed; or why none can.
struct Choice {
  std::vector<std::string> variants;
  std::string why;
};
Choice choose(const KernelFamily& family, const KernelCase& problem, const BenchOptions& options,
              const DeviceFacts& facts) {
  if (facts.is_cpu && problem.operations() > kCpuOperations) return {{}, "too large for a CPU"};
  Choice choice{{}, "no variant that was asked for serves it"};
  for (const std::string& variant : family.variants()) {
    if (!is_asked(variant, options) || !problem.serves(variant)) continue;
    if (const auto refusal = refusal_of(family.op, variant, facts))
      choice.why = fmt::format("{} {}", variant_label(variant), *refusal);
    else
      choice.variants.push_back(variant);
  }
  return choice;
}

Measured measure_all(const std::vector<const KernelFamily*>& families, const BenchOptions& options,
                     Queue& queue) {
  Progress progress("bench", "");
  Measured measured;
  for (const KernelFamily* family : families) {
    for (const auto& problem : cases_of(*family, options, measured.skipped)) {
      const auto [variants, why] = choose(*family, *problem, options, queue.facts());
      if (variants.empty()) {
        measured.skipped.push_back({problem->op(), problem->shape(), why});
        continue;
      }
      progress.show(fmt::format("{} {}", family->op, problem->shape()));
      std::optional<std::vector<HostTensor>> expected;
      if (options.check) expected = problem->reference();
      for (const std::string& variant : variants)
        measured.lines.push_back(measure(*problem, variant, queue, expected, options.runs));
    }
  }
  return measured;
}

}  // namespace

int bench_kernels(const BenchOptions& options) {
  const auto families = chosen_families(options);
  const std::shared_ptr<Context> context = Context::create(select_device(options.session.device));
  Queue queue(context);
  const double copy = copy_bandwidth(queue, options.runs);
  const auto [lines, skipped] = measure_all(families, options, queue);
  if (options.json) {
    Json list = Json::array();
    for (const Line& line : lines) list.push_back(line_json(line, copy));
    Json left_out = Json::array();
    for (const Skipped& each : skipped)
      left_out.push_back({{"operator", each.op}, {"shape", each.shape}, {"why", each.why}});
    out().json({{"device", context->facts().name},
                {"copy_gb_per_s", copy},
                {"runs", options.runs},
                {"kernels", std::move(list)},
                {"skipped", std::move(left_out)}});
  } else {
    out().line(fmt::format("{}: {:.1f} GB/s in a copy\n", context->facts().name, copy));
    if (!lines.empty()) out().put(lines_table(lines, copy));
    if (!options.operators.empty())  // else the list is long, and nobody asked for one of them
      for (const Skipped& each : skipped)
        out().line(fmt::format("skipped {} {}: {}", each.op, each.shape, each.why));
  }
  const bool wrong = std::any_of(lines.begin(), lines.end(), [](const Line& l) { return l.wrong; });
  return wrong ? static_cast<int>(ErrorKind::mismatch) : 0;
}

}  // namespace zerocl::cli
