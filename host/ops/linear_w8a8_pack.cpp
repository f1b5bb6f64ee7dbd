#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "cl_kernels/abi/linear_w8a8.h"
#include "cl_kernels/abi/numerics.h"
#include "host/error.h"
#include "host/ops/launch.h"  // groups_of
#include "host/ops/linear_launch.h"
#include "host/ops/linear_w8a8.h"

namespace zerocl::ops {
namespace {

constexpr std::string_view kOp = "linear_w8a8";

// How a family lays out a weight, checked and in size_t.
struct Packing {
  std::size_t outputs, inputs;  // N, K
  std::size_t panel, run;       // LINEAR_W8A8_INDEX
  std::size_t padded;           // N rounded up to a panel
  std::size_t code_bytes;       // before the compensation
  std::size_t group, groups;    // of the compensation; groups = 0: none
  std::size_t bytes;
  bool tiles;          // WEIGHT_TILES_INDEX instead of panels
  std::size_t stride;  // of CODES_TILES

  // Calls visit(k, index) for the codes of output n; whole runs, to divide but once an output.
  template <class Visit>
  void each_input(std::size_t n, Visit visit) const {
    if (tiles) {
      for (std::size_t k = 0; k < inputs; ++k) visit(k, WEIGHT_TILES_INDEX(n, k, stride));
      return;
    }
    std::size_t at = LINEAR_W8A8_INDEX(n, 0, inputs, panel, run);
    for (std::size_t k = 0; k < inputs; k += run, at += panel * run)
      for (std::size_t i = 0; i < std::min(run, inputs - k); ++i) visit(k + i, at + i);
  }
};

Packing packing_of(std::string_view family, std::int64_t outputs, std::int64_t inputs,
                   std::int64_t group) {
  check_linear_shape(kOp, {0, outputs, inputs}, K_LIMIT);
  if (group != inputs && (group <= 0 || group > inputs || group % 16 != 0))
    throw Error(
        fmt::format("{}: groups of {} of {} inputs of a weight; expected all or a multiple "
                    "of 16",
                    kOp, group, inputs));
  Packing p{};
  p.outputs = static_cast<std::size_t>(outputs);
  p.inputs = static_cast<std::size_t>(inputs);
  if (family == "pairs") {
    p.panel = LINEAR_W8A8_PAIRS_PANEL, p.run = LINEAR_W8A8_PAIRS_RUN;
  } else if (family == "vnni") {
    p.panel = LINEAR_W8A8_VNNI_PANEL, p.run = LINEAR_W8A8_VNNI_RUN;
    p.group = static_cast<std::size_t>(group);
    p.groups = static_cast<std::size_t>(groups_of(inputs, group));
  } else if (family == "rows") {
    p.panel = LINEAR_W8A8_ROWS_PANEL, p.run = LINEAR_W8A8_ROWS_RUN;
  } else if (family == "tiles") {
    p.panel = CODES_TILE, p.run = 16;
    p.tiles = true;
  } else {
    throw Error(fmt::format("{}: there is no family of packed weights '{}'", kOp, family),
                ErrorKind::usage);
  }
  p.padded = (p.outputs + p.panel - 1) / p.panel * p.panel;
  p.stride = p.tiles ? CODES_TILES_STRIDE(p.inputs) : CODES_STRIDE(p.inputs);
  p.code_bytes = p.padded * p.stride;
  p.bytes = p.code_bytes + p.padded * p.groups * sizeof(std::int32_t);
  return p;
}

void check_sizes(const Packing& p, std::size_t codes, std::size_t bytes) {
  if (codes == p.outputs * p.inputs && bytes == p.bytes) return;
  throw Error(fmt::format("{}: {} codes and {} packed bytes; a weight [{}, {}] has {} and {}", kOp,
                          codes, bytes, p.outputs, p.inputs, p.outputs * p.inputs, p.bytes));
}

// -128 times the sum of each group's codes of row n, into lane n of the compensation.
void compensate(const Packing& p, std::span<const std::int8_t> row, std::size_t n,
                std::span<std::byte> out) {
  for (std::size_t j = 0; j < p.groups; ++j) {
    const std::size_t end = std::min((j + 1) * p.group, p.inputs);
    std::int32_t sum = 0;
    for (std::size_t k = j * p.group; k < end; ++k) sum -= 128 * row[k];
    std::memcpy(out.data() + p.code_bytes + (j * p.padded + n) * sizeof sum, &sum, sizeof sum);
  }
}

}  // namespace

std::size_t packed_bytes_w8a8(std::string_view family, std::int64_t outputs, std::int64_t inputs,
                              std::int64_t group) {
  return packing_of(family, outputs, inputs, group).bytes;
}

void pack_linear_w8a8(std::string_view family, std::span<const std::int8_t> codes,
                      std::int64_t outputs, std::int64_t inputs, std::int64_t group,
                      std::span<std::byte> out) {
  const Packing p = packing_of(family, outputs, inputs, group);
  check_sizes(p, codes.size(), out.size());
  std::fill(out.begin(), out.end(), std::byte{0});
  for (std::size_t n = 0; n < p.outputs; ++n) {
    const std::span<const std::int8_t> row = codes.subspan(n * p.inputs, p.inputs);
    if (const auto bad = std::find(row.begin(), row.end(), std::int8_t{-128}); bad != row.end())
      throw Error(fmt::format("{}: weight [{}, {}] is the code -128; codes lie in [-127, 127]", kOp,
                              n, bad - row.begin()));
    p.each_input(n,
                 [&](std::size_t k, std::size_t at) { out[at] = static_cast<std::byte>(row[k]); });
    compensate(p, row, n, out);
  }
}

std::vector<float> pack_scales_w8a8(std::string_view family, std::span<const float> scales,
                                    std::int64_t outputs) {
  std::vector<float> packed(scales.begin(), scales.end());
  const auto rows = static_cast<std::size_t>(outputs);
  if (family != "tiles" || rows == 0) return packed;
  const std::size_t groups = scales.size() / rows;
  for (std::size_t n = 0; n < rows; ++n)
    for (std::size_t j = 0; j < groups; ++j) packed[j * rows + n] = scales[n * groups + j];
  return packed;
}

void unpack_linear_w8a8(std::string_view family, std::span<const std::byte> packed,
                        std::int64_t outputs, std::int64_t inputs, std::int64_t group,
                        std::span<std::int8_t> codes) {
  const Packing p = packing_of(family, outputs, inputs, group);
  check_sizes(p, codes.size(), packed.size());
  for (std::size_t n = 0; n < p.outputs; ++n)
    p.each_input(n, [&](std::size_t k, std::size_t at) {
      codes[n * p.inputs + k] = std::to_integer<std::int8_t>(packed[at]);
    });
}

}  // namespace zerocl::ops
