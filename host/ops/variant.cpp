#include "host/ops/variant.h"

#include <fmt/format.h>

#include <cstdlib>
#include <mutex>
#include <set>

#include "host/log.h"
#include "host/ops/attention_f16_n16f25.h"  // kAttentionF16Variants
#include "host/ops/attention_i8.h"          // kAttentionI8Variants
#include "host/ops/attention_i8_quantize_tokens.h"
#include "host/ops/linear_f16_n16f25.h"  // kLinearF16Variants
#include "host/ops/linear_f16_n16f25_gelu_f16.h"
#include "host/ops/linear_f16_n16f25_store_qkv_f16.h"
#include "host/ops/linear_f32.h"   // kLinearF32Variants
#include "host/ops/linear_w8a8.h"  // kLinearW8A8Variants
#include "host/ops/linear_w8a8_add_layer_norm_f16_quantize.h"
#include "host/ops/linear_w8a8_gelu_quantize.h"
#include "host/ops/linear_w8a8_quantize.h"
#include "host/ops/linear_w8a8_quantize_qkv.h"
#include "host/ops/persistent.h"
#include "host/ops/tanh.h"  // kTanhVariants

namespace zerocl {
namespace {

// In the order of NUMERICS.md; quantize_weight runs quantize_tokens' kernels.
constexpr OperatorVariants kOperators[] = {
    {"embedding", kPortableVariants},
    {"quantize_tokens", kRowVariants},
    {"dequantize", kPortableVariants},
    {"linear_w8a8", kLinearW8A8Variants},
    {"linear_f32", kLinearF32Variants},
    {"layer_norm", kRowVariants},
    {"add_layer_norm", kRowVariants},
    {"layer_norm_quantize", kRowVariants},
    {"add_layer_norm_quantize", kRowVariants},
    {"gelu", kPortableVariants},
    {"gelu_quantize", kPortableVariants},
    {"tanh", ops::kTanhVariants},
    {"relu", kPortableVariants},
    {"quantize_qkv", kPortableVariants},
    {"store_kv", kPortableVariants},
    {"attention_i8", kAttentionI8Variants},
    {"attention_f32", kPortableVariants},
    {"gather_rows", kPortableVariants},
    {"mean_pool", kPortableVariants},
    {"l2_normalize", kPortableVariants},
    {"argmax", kPortableVariants},
    {"top_k", kPortableVariants},
    {"linear_w8a8_gelu_quantize", kLinearW8A8GeluQuantizeVariants, /*fused=*/true},
    {"linear_w8a8_quantize_qkv", kLinearW8A8QuantizeQkvVariants, /*fused=*/true},
    {"layer_norm_f16", kRowVariants},
    {"add_layer_norm_f16", kRowVariants},
    {"gelu_f16", kPortableVariants},
    {"store_qkv_f16", kPortableVariants},
    {"linear_f16_n16f25", kLinearF16Variants},
    {"attention_f16_n16f25", kAttentionF16Variants},
    {"linear_f16_n16f25_gelu_f16", kLinearF16GeluF16Variants, /*fused=*/true},
    {"linear_f16_n16f25_store_qkv_f16", kLinearF16StoreQkvF16Variants, /*fused=*/true},
    {"attention_i8_quantize_tokens", kAttentionI8QuantizeTokensVariants, /*fused=*/true},
    {"linear_w8a8_quantize", kLinearW8A8QuantizeVariants},
    {"linear_w8a8_add_layer_norm_f16_quantize", kLinearW8A8AddLayerNormF16QuantizeVariants,
     /*fused=*/true},
    {"layer_norm_f16_quantize", kRowVariants},
    {"add_layer_norm_f16_quantize", kRowVariants},
};

// Whether the environment variable, a list between commas, names the variant.
bool listed(const char* environment, std::string_view variant) {
  const char* list = std::getenv(environment);
  if (!list || variant.empty()) return false;
  std::string_view rest = list;
  while (!rest.empty()) {
    const std::size_t comma = rest.find(',');
    if (rest.substr(0, comma) == variant) return true;
    rest = comma == std::string_view::npos ? "" : rest.substr(comma + 1);
  }
  return false;
}

// Why a row of the table is not chosen on a device; nothing: it may be.
std::optional<std::string> why_not(const Variant& variant, const DeviceFacts& facts) {
  if (auto refusal = variant.refusal(facts)) return refusal;
  if (listed("ZEROCL_DISABLE_VARIANTS", variant.name))
    return "switched off by ZEROCL_DISABLE_VARIANTS";
  if (!is_meant_for(variant, facts)) return facts.is_cpu ? "meant for GPUs" : "meant for CPUs";
  return std::nullopt;
}

void log_refusal(std::string_view op, const Variant& variant, const DeviceFacts& facts,
                 const std::string& reason) {
  if (!log_enabled(LogLevel::debug)) return;
  static std::mutex mutex;
  static std::set<std::string> logged;
  const std::string line =
      fmt::format("{}: variant {} refused on {}: {}", op, variant.name, facts.name, reason);
  const std::lock_guard lock(mutex);
  if (logged.insert(line).second) log_debug(line);
}

}  // namespace

std::optional<std::string> warp_refusal(const DeviceFacts& facts) {
  if (facts.nvidia_sm() < 70) return "needs an NVIDIA GPU of compute capability 7.0 or more";
  return std::nullopt;
}

std::optional<std::string> wgmma_refusal(const DeviceFacts& facts) {
  if (!facts.is_nvidia()) return "needs an NVIDIA GPU";
  if (facts.nvidia_sm() != 90)
    return fmt::format("needs compute capability 9.0 (Hopper), found {}.{}", facts.nvidia_sm_major,
                       facts.nvidia_sm_minor);
  if (!facts.sm90a_refusal.empty())
    return "the second build for sm_90a does not work here: " + facts.sm90a_refusal;
  return std::nullopt;
}

const Variant* best_variant(std::string_view op, std::span<const Variant> table,
                            const DeviceFacts& facts) {
  for (const Variant& variant : table)
    if (listed("ZEROCL_PREFER_VARIANTS", variant.name) && !variant.refusal(facts)) return &variant;
  for (const Variant& variant : table) {
    const auto reason = why_not(variant, facts);
    if (!reason) return &variant;
    log_refusal(op, variant, facts, *reason);
  }
  return nullptr;
}

const Variant& choose_variant(std::string_view op, std::span<const Variant> table,
                              const DeviceFacts& facts) {
  const Variant* best = best_variant(op, table, facts);
  return best ? *best : table.back();  // portable: refused by nothing but its purpose
}

std::span<const OperatorVariants> operator_variants() {
  return kOperators;
}

std::span<const Variant> variants_of(std::string_view op) {
  for (const OperatorVariants& entry : kOperators)
    if (entry.op == op) return entry.variants;
  return {};
}

const Variant* find_variant(std::string_view op, std::string_view name) {
  for (const Variant& variant : variants_of(op))
    if (variant.name == name) return &variant;
  return nullptr;
}

std::string variant_label(std::string_view name) {
  return name.empty() ? "portable" : std::string(name);
}

std::vector<VariantChoice> variant_choices(const DeviceFacts& facts) {
  std::vector<VariantChoice> choices;
  const auto add = [&](const OperatorVariants& entry) {
    const Variant* chosen = best_variant(entry.op, entry.variants, facts);
    if (!chosen && !entry.fused) chosen = &entry.variants.back();
    for (const Variant& variant : entry.variants)
      choices.push_back({std::string(entry.op), variant_label(variant.name), &variant == chosen,
                         why_not(variant, facts)});
    // Without a variant of its own a fused operator is not run: the graph's nodes are, one by one.
    if (entry.fused) choices.push_back({std::string(entry.op), "steps", !chosen, std::nullopt});
  };
  for (const OperatorVariants& entry : kOperators) add(entry);
  // No operators: they run others' steps, which are launched one by one where they are refused.
  add({"persistent", ops::kPersistentVariants, /*fused=*/true});
  add({"persistent_mid", ops::kPersistentMidVariants, /*fused=*/true});
  return choices;
}

}  // namespace zerocl
