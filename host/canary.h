#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "cl_kernels/abi/canary.h"

namespace zerocl {

class Context;

// One operation of the canary kernel with its only right result. Bit patterns throughout.
struct CanaryCheck {
  canary_operation operation;
  std::uint32_t a, b, c;
  std::uint32_t expected;
  const char* name;
};

// The checks that the canary runs.
std::span<const CanaryCheck> canary_checks();

// Runs all checks on the context's device in one launch and returns what is wrong: "contraction
// is off: got 0x33800000, expected 0x00000000", or nothing when the device computes as the exact
// kernels need. A driver's own claims (CL_DEVICE_SINGLE_FP_CONFIG) are not trusted here.
// Throws Error when the kernel cannot be built or run.
std::optional<std::string> run_canary(const std::shared_ptr<Context>& context);

// The same decision on given results; `results` has one per check.
std::optional<std::string> judge_canary(std::span<const std::uint32_t> results);

}  // namespace zerocl
