#include <fmt/format.h>

#include <algorithm>

#include "engine/verify/kernel_case.h"
#include "engine/verify/verify_steps.h"
#include "host/error.h"
#include "host/ops/variant.h"

namespace zerocl {
namespace {

// Why a variant cannot run here; nothing: it can.
std::optional<std::string> refusal(const std::string& op, const std::string& variant,
                                   const DeviceFacts& facts) {
  for (const OperatorVariants& entry : operator_variants()) {
    if (entry.op != op) continue;
    for (const Variant& row : entry.variants)
      if (row.name == variant) return row.refusal(facts);
  }
  return std::nullopt;
}

VerifyItem run_case(KernelCase& problem, const std::vector<HostTensor>& want, Queue& queue,
                    const std::string& variant, VerifyReport& report) {
  problem.prepare(queue, variant);
  problem.launch(queue);
  const std::vector<HostTensor> got = problem.outputs(queue);
  VerifyItem item{
      "kernel", problem.shape(), problem.op(), variant.empty() ? "portable" : variant, {}};
  for (std::size_t i = 0; i < want.size() && !item.mismatch; ++i) {
    report.values_compared += want[i].rows * want[i].cols;
    item.mismatch = i < got.size() ? compare_bits(want[i], got[i])
                                   : Mismatch{.tensor = want[i].name, .index = -1};
  }
  return item;
}

}  // namespace

InjectionSpec parse_injection_spec(const std::string& text) {
  const std::size_t colon = text.find(':');
  if (colon == std::string::npos || colon == 0 || colon + 1 == text.size())
    throw Error(fmt::format("--inject {}: must be OPERATOR:KIND", text), ErrorKind::usage);
  return {text.substr(0, colon), text.substr(colon + 1)};
}

void verify_kernel_grid(const VerifyOptions& options, const std::set<std::string>& only,
                        VerifyReport& report, const VerifyProgress& progress) {
  const std::shared_ptr<Context> context = Context::create(select_device(options.device));
  if (!options.inject.empty()) {
    const InjectionSpec spec = parse_injection_spec(options.inject);
    context->inject(spec.op, parse_injection(spec.kind));
  }
  Queue queue(context);
  report.device = context->facts().name;
  for (const KernelFamily& family : kernel_families()) {
    if (!only.empty() && !only.contains(family.op)) continue;
    const KernelCases cases = family.cases(options.full_grid ? CaseGrid::full : CaseGrid::quick);
    std::vector<std::string> variants = family.variants();
    std::erase_if(variants, [&](const std::string& variant) {
      return refusal(family.op, variant, context->facts()).has_value();
    });
    bool failed = false;
    for (const auto& problem : cases) {
      if (progress) progress(fmt::format("{} {}", family.op, problem->shape()));
      const std::vector<HostTensor> want = problem->reference();
      for (const std::string& variant : variants) {
        report.items.push_back(run_case(*problem, want, queue, variant, report));
        failed = failed || report.items.back().mismatch;
      }
      if (failed) break;  // one named mismatch an operator is enough
    }
  }
}

}  // namespace zerocl
