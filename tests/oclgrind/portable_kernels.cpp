// Launches every variant that needs no vendor on small problems, on the simulated device alone: run
// by check.sh under Oclgrind, which looks at each access to memory. Results are not compared, since
// the simulator's float32 arithmetic is not exact.
//
//   portable_kernels KERNEL_DIR [OPERATOR ...]     (without operators: all)
#include <algorithm>
#include <cstdio>
#include <exception>
#include <numeric>
#include <set>
#include <string>
#include <vector>

#include "engine/verify/kernel_case.h"
#include "host/context.h"
#include "host/ops/variant.h"

namespace zerocl {
namespace {

// A simulated core runs some hundred thousand operations a second.
constexpr double kMostWork = 1'500'000;  // operations or bytes of a problem, whichever are more
constexpr std::size_t kProblems = 10;    // of an operator

double work(const KernelCase& problem) {
  return std::max(problem.operations(), problem.bytes());
}

// Problems from the smallest to the largest that is affordable, evenly spread: one element, ragged
// tiles, several work-groups. The smallest one where all are large.
std::vector<KernelCase*> choose(const KernelCases& cases) {
  std::vector<KernelCase*> all;
  for (const auto& problem : cases) all.push_back(problem.get());
  std::stable_sort(all.begin(), all.end(),
                   [](const KernelCase* a, const KernelCase* b) { return work(*a) < work(*b); });
  const auto end = std::find_if(all.begin(), all.end(),
                                [](const KernelCase* c) { return work(*c) > kMostWork; });
  const auto affordable = std::max<std::size_t>(1, static_cast<std::size_t>(end - all.begin()));
  const std::size_t count = std::min(kProblems, affordable);
  std::vector<KernelCase*> chosen;
  for (std::size_t i = 0; i < count; ++i)
    chosen.push_back(all[count == 1 ? 0 : i * (affordable - 1) / (count - 1)]);
  return chosen;
}

void run_family(const KernelFamily& family, Queue& queue) {
  const KernelCases cases = family.cases(CaseGrid::quick);
  for (const std::string& variant : family.variants()) {
    const Variant* row = find_variant(family.op, variant);
    if (row != nullptr && row->refusal(queue.facts())) continue;
    const std::vector<KernelCase*> chosen = choose(cases);
    std::printf("%s [%s]: %zu problems, up to %s\n", family.op.c_str(),
                variant_label(variant).c_str(), chosen.size(), chosen.back()->shape().c_str());
    std::fflush(stdout);
    for (KernelCase* problem : chosen) {
      if (!problem->serves(variant)) continue;
      problem->prepare(queue, variant);
      problem->launch(queue);
      queue.finish();
    }
  }
}

int run(const std::string& kernel_dir, const std::set<std::string>& only) {
  Queue queue(
      Context::create(select_device("oclgrind"),
                      {.require_exact = false, .cache_dir = "off", .kernel_dir = kernel_dir}));
  int families = 0;
  for (const KernelFamily& family : kernel_families()) {
    if (!only.empty() && !only.contains(family.op)) continue;
    run_family(family, queue);
    ++families;
  }
  return families > 0 ? 0 : 1;
}

}  // namespace
}  // namespace zerocl

int main(int argc, char** argv) {
  if (argc < 2) return 2;
  try {
    return zerocl::run(argv[1], std::set<std::string>(argv + 2, argv + argc));
  } catch (const std::exception& error) {
    std::fprintf(stderr, "portable_kernels: %s\n", error.what());
    return 1;
  }
}
