#include <fmt/format.h>

#include <algorithm>

#include "engine/verify/kernel_case.h"
#include "engine/verify/verify_steps.h"
#include "host/error.h"
#include "host/ops/variant.h"

namespace zerocl {
namespace {

VerifyItem run_case(KernelCase& problem, const std::vector<HostTensor>& want, Queue& queue,
                    const std::string& variant, VerifyReport& report) {
  problem.prepare(queue, variant);
  problem.launch(queue);
  const std::vector<HostTensor> got = problem.outputs(queue);
  return {"kernel", problem.shape(), problem.op(), variant_label(variant),
          compare_all(want, got, report)};
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
        report.items.push_back(run_case(*problem, want, queue, variant, report));
        failed = failed || report.items.back().mismatch;
      }
      if (failed) break;  // one named mismatch an operator is enough
    }
  }
}

}  // namespace zerocl
