// The tables that the library holds (host/ops/tuned/*.json), against what launchers choose from.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "cl_kernels/abi/layouts.h"
#include "cl_kernels/abi/linear_w8a8.h"
#include "host/ops/linear_f16_n16f25.h"
#include "host/ops/linear_f16_n16f25_gelu_f16.h"
#include "host/ops/linear_f16_n16f25_store_qkv_f16.h"
#include "host/ops/linear_w8a8.h"
#include "host/ops/linear_w8a8_add_layer_norm_f16_quantize.h"
#include "host/ops/linear_w8a8_gelu_quantize.h"
#include "host/ops/linear_w8a8_quantize_qkv.h"
#include "host/ops/tuning_file.h"

namespace zerocl::ops {
namespace {

using Kernels = std::set<std::string>;

// The sets of an operator's launcher for weights without groups along K and with them: its kernels
// by name, as it has them for heads of 64 and GELU's form erf, whose names are those of the tiles.
// None: its launcher has no such list.
std::vector<std::vector<KernelId>> launcher_sets(std::string_view op) {
  constexpr auto kErf = GeluForm::erf;
  constexpr LinearW8A8Groups kWhole = {256, 256, 256}, kGroups = {256, 128, 256};
  if (op == "linear_w8a8")
    return {linear_w8a8_kernels("wgmma", kWhole), linear_w8a8_kernels("wgmma", kGroups),
            linear_w8a8_kernels("mma", kWhole),   linear_w8a8_kernels("mma", kGroups),
            linear_w8a8_kernels("dp4a", kWhole),  linear_w8a8_kernels("group", kWhole)};
  if (op == "linear_w8a8_gelu_quantize")
    return {linear_w8a8_gelu_quantize_kernels(kErf, kWhole),
            linear_w8a8_gelu_quantize_kernels(kErf, kGroups)};
  if (op == "linear_w8a8_quantize_qkv")
    return {linear_w8a8_quantize_qkv_kernels(64, kWhole),
            linear_w8a8_quantize_qkv_kernels(64, kGroups)};
  if (op == "linear_w8a8_add_layer_norm_f16_quantize")
    return {linear_w8a8_add_layer_norm_f16_quantize_kernels()};
  if (op == "linear_f16_n16f25") return {linear_f16_kernels("wgmma")};
  if (op == "linear_f16_n16f25_gelu_f16") return {linear_f16_n16f25_gelu_f16_kernels(kErf)};
  if (op == "linear_f16_n16f25_store_qkv_f16") return {linear_f16_n16f25_store_qkv_f16_kernels()};
  return {};
}

// Of a set those that serve a shape: work-groups that keep their weights hold so many inputs, and
// stand over all outputs, 128 a compute unit.
Kernels serving(const std::vector<KernelId>& set, const LinearShape& shape, std::int64_t units) {
  const bool still = shape.inputs <= LINEAR_W8A8_STILL_INPUTS &&
                     CODES_TILES_STRIDE(shape.outputs) <= CODES_TILE * units;
  Kernels kernels;
  for (const KernelId& kernel : set)
    if (still || kernel.variant.find("still") == std::string::npos) kernels.insert(kernel.variant);
  return kernels;
}

// choose() passes over a measurement that lacks a kernel of the set it is asked about: what a
// table's text has lost would be without effect, and nobody would see it.
TEST(TunedTables, MeasurementsAreOfWholeSets) {
  for (const std::string_view text : tuned_texts()) {
    const TuningTable table = parse_tuning(text);
    std::map<std::tuple<std::string, std::int64_t, std::int64_t>, Kernels> unlisted;
    for (const TunedTimes& times : table.measurements()) {
      const LinearShape& shape = times.shape;
      Kernels measured;
      for (const auto& [kernel, microseconds] : times.microseconds) measured.insert(kernel);
      std::vector<Kernels> whole;
      for (const std::vector<KernelId>& set : launcher_sets(times.op))
        whole.push_back(serving(set, shape, table.device().compute_units));
      // Without a list: what was measured of the same weights at the least number of rows.
      if (whole.empty())
        whole.push_back(
            unlisted.try_emplace({times.op, shape.outputs, shape.inputs}, measured).first->second);
      EXPECT_EQ(std::count(whole.begin(), whole.end(), measured), 1)
          << table.device().name << ": " << times.op << ", " << shape.rows << " rows, "
          << shape.outputs << " x " << shape.inputs << ": only " << testing::PrintToString(measured)
          << " of " << testing::PrintToString(whole);
    }
  }
}

}  // namespace
}  // namespace zerocl::ops
