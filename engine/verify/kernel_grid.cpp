#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "engine/verify/kernel_case.h"
#include "engine/verify/verify_steps.h"
#include "host/error.h"
#include "host/ops/tuning.h"
#include "host/ops/variant.h"

namespace zerocl {
namespace {

VerifyItem run_case(KernelCase& problem, const std::vector<HostTensor>& want, Queue& queue,
                    const std::string& variant, const std::string& label, VerifyReport& report) {
  problem.prepare(queue, variant);  // new memory: nothing that another kernel has left counts
  problem.launch(queue);
  const std::vector<HostTensor> got = problem.outputs(queue);
  return {"kernel", problem.shape(), problem.op(), label, compare_all(want, got, report)};
}

// A variant's kernel for the shape; where there are several, which a table of times chooses from,
// each of them.
std::vector<VerifyItem> run_kernels(KernelCase& problem, const std::vector<HostTensor>& want,
                                    Queue& queue, const std::string& variant,
                                    VerifyReport& report) {
  ops::TileChoices choices;
  std::vector<VerifyItem> items{
      run_case(problem, want, queue, variant, variant_label(variant), report)};
  const std::vector<std::string> kernels =
      choices.last() ? choices.last()->kernels : std::vector<std::string>();
  for (std::size_t i = 0; i < kernels.size() && kernels.size() > 1; ++i) {
    choices.force(i);
    items.push_back(run_case(problem, want, queue, variant, variant_label(kernels[i]), report));
  }
  return items;
}

}  // namespace

std::optional<Mismatch> compare_all(const std::vector<HostTensor>& expected,
                                    const std::vector<HostTensor>& actual, VerifyReport& report) {
  for (std::size_t i = 0; i < expected.size(); ++i) {
    report.values_compared += expected[i].rows * expected[i].cols;
    if (i >= actual.size()) return Mismatch{.tensor = expected[i].name, .index = -1};
    if (auto mismatch = compare_bits(expected[i], actual[i])) return mismatch;
  }
  return std::nullopt;
}

void verify_kernel_grid(const VerifyOptions& options, const std::set<std::string>& only,
                        VerifyReport& report, const VerifyProgress& progress) {
  const std::shared_ptr<Context> context = Context::create(select_device(options.device));
  if (!options.inject.empty()) {
    const InjectionSpec spec = parse_injection_spec(options.inject);
    context->inject(spec.op, spec.kind);
  }
  Queue queue(context);
  report.device = context->facts().name;
  for (const KernelFamily& family : kernel_families()) {
    if (!only.empty() && !only.contains(family.op)) continue;
    const KernelCases cases = family.cases(options.full_grid ? CaseGrid::full : CaseGrid::quick);
    std::vector<std::string> variants = family.variants();
    std::erase_if(variants, [&](const std::string& variant) {
      const Variant* row = find_variant(family.op, variant);
      return row && row->refusal(context->facts()).has_value();
    });
    bool failed = false;
    for (const auto& problem : cases) {
      if (progress) progress(fmt::format("{} {}", family.op, problem->shape()));
      const std::vector<HostTensor> want = problem->reference();
      for (const std::string& variant : variants) {
        if (!problem->serves(variant)) continue;
        for (VerifyItem& item : run_kernels(*problem, want, queue, variant, report)) {
          failed = failed || item.mismatch;
          report.items.push_back(std::move(item));
        }
      }
      if (failed) break;  // one named mismatch an operator is enough
    }
  }
}

}  // namespace zerocl
