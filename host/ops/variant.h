#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "host/device.h"  // DeviceFacts

namespace zerocl {

// One kernel variant of an operator. Every variant computes the same bits (design, bits law), so
// the choice is a matter of speed alone.
struct Variant {
  std::string_view name;  // "" is <op>.cl, the portable CPU shape, which runs everywhere
  // Why the variant cannot run on a device; nothing: it can.
  std::optional<std::string> (*refusal)(const DeviceFacts&);
  // Which kind of device it is meant for; tests run it wherever it can run.
  enum class For { cpu, gpu, any } meant_for;
};

// Whether a variant's launch shape suits this kind of device.
inline bool is_meant_for(const Variant& variant, const DeviceFacts& facts) {
  return variant.meant_for == Variant::For::any ||
         (variant.meant_for == Variant::For::cpu) == facts.is_cpu;
}

inline std::optional<std::string> runs_everywhere(const DeviceFacts&) {
  return std::nullopt;
}

// The variants of most operators: a work-item a row or tile for CPUs, a work-group a row for GPUs.
inline constexpr Variant kPortableVariants[] = {
    {"group", runs_everywhere, Variant::For::gpu},
    {"", runs_everywhere, Variant::For::cpu},
};
// Why the variants `warp` cannot run on a device: they exchange values by NVIDIA's shuffles.
std::optional<std::string> warp_refusal(const DeviceFacts& facts);
// Why no variant `wgmma` can run on a device, of any operator: no Hopper, or no second build for
// sm_90a.
std::optional<std::string> wgmma_refusal(const DeviceFacts& facts);
// The operators that walk rows: on NVIDIA a warp a row, where the row fits its registers.
inline constexpr Variant kRowVariants[] = {
    {"warp", warp_refusal, Variant::For::gpu},
    {"group", runs_everywhere, Variant::For::gpu},
    {"", runs_everywhere, Variant::For::cpu},
};
// Operators of one element a work-item.
inline constexpr Variant kSingleVariant[] = {{"", runs_everywhere, Variant::For::any}};

// The first variant of the table (best first, portable last) that is meant for this kind of device,
// is not refused and not switched off by ZEROCL_DISABLE_VARIANTS (comma-separated names). Each
// refusal is logged once at debug level with its reason. ZEROCL_PREFER_VARIANTS names variants that
// are taken wherever they can run: a GPU's launch shape on a CPU device, to test whole models
// through it.
const Variant& choose_variant(std::string_view op, std::span<const Variant> table,
                              const DeviceFacts& facts);

// The same, or nullptr where no row runs: fused operators have no row that runs everywhere, since
// their steps do.
const Variant* best_variant(std::string_view op, std::span<const Variant> table,
                            const DeviceFacts& facts);

// What `zerocl devices` prints of one operator on one device.
struct VariantChoice {
  std::string op;
  std::string variant;  // "portable" for ""
  bool chosen = false;
  std::optional<std::string> refusal;  // also "meant for GPUs"
};
// All operators with all their variants, in the order of NUMERICS.md, and the persistent kernels.
std::vector<VariantChoice> variant_choices(const DeviceFacts& facts);

// The variant table of every operator (host/ops/variant.cpp lists them).
struct OperatorVariants {
  std::string_view op;
  std::span<const Variant> variants;
  bool fused = false;  // no row runs everywhere: the steps that its name spells do
};
std::span<const OperatorVariants> operator_variants();
// An operator's table; empty for an operator without one.
std::span<const Variant> variants_of(std::string_view op);
// A row of it, or nullptr.
const Variant* find_variant(std::string_view op, std::string_view name);
// How people see a variant's name: "portable" for "".
std::string variant_label(std::string_view name);

}  // namespace zerocl
