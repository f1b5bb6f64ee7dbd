#include "tests/ops/family_test.h"

#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "engine/verify/compare.h"
#include "host/context.h"
#include "host/device.h"
#include "host/error.h"
#include "host/ops/variant.h"

namespace zerocl {
namespace {

std::optional<std::string> refusal(const std::string& op, const std::string& variant,
                                   const DeviceFacts& facts) {
  const Variant* row = find_variant(op, variant);
  return row ? row->refusal(facts) : std::nullopt;
}

void check_case(KernelCase& problem, const std::string& variant) {
  SCOPED_TRACE(problem.op() + " [" + variant + "] " + problem.shape());
  Queue& queue = shared_queue();
  problem.prepare(queue, variant);
  problem.launch(queue);
  const std::vector<HostTensor> want = problem.reference(), got = problem.outputs(queue);
  ASSERT_EQ(want.size(), got.size());
  for (std::size_t i = 0; i < want.size(); ++i) {
    const auto mismatch = compare_bits(want[i], got[i]);
    EXPECT_FALSE(mismatch) << mismatch->text();
  }
}

}  // namespace

Queue& shared_queue() {
  static Queue queue = [] {
    const char* device = std::getenv("ZEROCL_TEST_DEVICE");
    return Queue(Context::create(select_device(device ? device : "")));
  }();
  return queue;
}

void check_family(const KernelFamily& family) {
  const KernelCases cases = family.cases(CaseGrid::quick);
  ASSERT_FALSE(cases.empty());
  int ran = 0;
  for (const std::string& variant : family.variants()) {
    if (const auto reason = refusal(family.op, variant, shared_queue().facts())) {
      std::printf("  %s: variant %s skipped: %s\n", family.op.c_str(), variant.c_str(),
                  reason->c_str());
      continue;
    }
    ++ran;
    for (const auto& problem : cases) {
      if (!problem->serves(variant)) continue;
      check_case(*problem, variant);
      if (testing::Test::HasFatalFailure()) return;
    }
  }
  if (ran == 0) GTEST_SKIP() << family.op << " runs as its steps on this device";
}

void expect_error(const std::function<void()>& call,
                  std::initializer_list<std::string_view> parts) {
  try {
    call();
    ADD_FAILURE() << "no Error was thrown";
  } catch (const Error& error) {
    for (const std::string_view part : parts)
      EXPECT_NE(std::string_view(error.what()).find(part), std::string_view::npos)
          << "message: " << error.what() << "\nlacks: " << part;
  }
}

}  // namespace zerocl
