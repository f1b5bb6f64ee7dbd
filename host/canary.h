#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

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

// What Hopper's second build (host/nvidia_sm90a.h) must show before kernels rely on it: one product
// on its tensor cores with a known result. Returns why it is not to be used, or nothing: the driver
// whose PTX the build does not know, its assembler's refusal, a failed launch, or a wrong sum.
// Never throws Error. After a failed launch the context itself may be past use.
std::optional<std::string> run_canary_sm90a(const std::shared_ptr<Context>& context);

// What NVIDIA's special function unit must show before attention_i8's variants for it are used: the
// weights of all scores that give any, 2^-8 apart, and of others below. Returns why they are not to
// be used, or nothing. Never throws Error.
std::optional<std::string> run_canary_weights(const std::shared_ptr<Context>& context);

// The scores, in units of log2, and what must come out: 2^10 times the weight, and from bit 16 on
// 127 times the weight, both rounded.
struct CanaryWeights {
  std::vector<float> scores;
  std::vector<std::uint32_t> expected;
};
CanaryWeights canary_weights();

// The same decision on given results.
std::optional<std::string> judge_canary_weights(std::span<const std::uint32_t> results);

// The product's operands, row-major [64, 128], and what must come out, [64, 64]: output n takes
// input n and takes away input n + 64, so that every code has its own place in the result.
struct CanaryProduct {
  std::vector<std::int8_t> x, w;
  std::vector<std::int32_t> expected;
};
CanaryProduct canary_product();

// The same decision on given sums [64, 64].
std::optional<std::string> judge_canary_sm90a(std::span<const std::int32_t> sums);

}  // namespace zerocl
