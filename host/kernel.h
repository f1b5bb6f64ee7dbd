#pragma once

#include <compare>
#include <cstddef>
#include <functional>
#include <string>

#include "host/opencl.h"

namespace zerocl {

// Names one kernel: an operator and a variant of it. Same operator = same bits; the variant only
// changes speed. An empty variant is the operator's own file (`linear_w8a8.cl`).
struct KernelId {
  std::string op;
  std::string variant;

  // The kernel function: "linear_w8a8" or "linear_w8a8_vnni".
  std::string function() const { return variant.empty() ? op : op + "_" + variant; }
  auto operator<=>(const KernelId&) const = default;
};

// How `verify --inject` spoils one operator's device code, to show that verify would notice.
enum class Injection {
  element,   // one element of the output is off
  scale,     // a scale is off by one unit in the last place
  rounding,  // a rounding goes the wrong way
  order,     // a sum is taken in another order
};
const char* injection_name(Injection kind);        // "element", ...
const char* injection_definition(Injection kind);  // "ZCL_INJECT_ELEMENT", ...
// Throws Error (usage) for an unknown name.
Injection parse_injection(const std::string& name);

// "OPERATOR:KIND", as `--inject` takes it. Throws Error (usage) for any other form.
struct InjectionSpec {
  std::string op;
  Injection kind;
};
InjectionSpec parse_injection_spec(const std::string& text);

// Global or local size of a launch in work-items. y and z are 1 where a kernel has fewer
// dimensions.
struct Range {
  std::size_t x = 1;
  std::size_t y = 1;
  std::size_t z = 1;
};

// One kernel object with what a launch checks. Not thread-safe (clSetKernelArg): each Queue owns
// its own.
struct Kernel {
  KernelHandle handle;
  KernelId id;
  cl_uint arg_count = 0;
  // Size of the argument struct as the device's compiler sees it; 0 where it is not known.
  std::size_t args_bytes = 0;
  // The largest work-group that this kernel can run with on this device.
  std::size_t max_work_group_size = 0;
};

}  // namespace zerocl

template <>
struct std::hash<zerocl::KernelId> {
  std::size_t operator()(const zerocl::KernelId& id) const noexcept {
    return std::hash<std::string>()(id.op) * 31 + std::hash<std::string>()(id.variant);
  }
};
