#include "host/canary.h"

#include <fmt/format.h>

#include <cmath>
#include <vector>

#include "cl_kernels/abi/layouts.h"
#include "host/buffer.h"
#include "host/context.h"
#include "host/error.h"
#include "host/queue.h"

namespace zerocl {

namespace {

// Operands of 0x3f800800 = 1 + 2^-12 square to 1 + 2^-11 + 2^-24, a tie that rounds down to
// 0x3f801000; minus that, two roundings give 0 and one gives 2^-24.
// The quotients and roots differ by one unit from what a * (1 / b) and a * (1 / sqrt(a)) give.
constexpr CanaryCheck checks[] = {
    {CANARY_MUL_ADD, 0x3f800800, 0x3f800800, 0xbf801000, 0x00000000, "contraction is off"},
    {CANARY_FMA, 0x3f800800, 0x3f800800, 0xbf801000, 0x33800000, "fma rounds once"},
    {CANARY_FMA, 0x3f800001, 0x3f800001, 0xbf800000, 0x34800000, "fma rounds to nearest"},
    {CANARY_MUL_ADD, 0x3f800000, 0x3f800000, 0x33800000, 0x3f800000, "sums tie to even, down"},
    {CANARY_MUL_ADD, 0x3f800001, 0x3f800000, 0x33800000, 0x3f800002, "sums tie to even, up"},
    {CANARY_MUL_ADD, 0x00800000, 0x3f000000, 0x00000000, 0x00400000, "denormal results are kept"},
    {CANARY_MUL_ADD, 0x00400000, 0x40800000, 0x00000000, 0x01000000, "denormal operands are kept"},
    {CANARY_FMA, 0x00400000, 0x40800000, 0x00000000, 0x01000000, "fma keeps denormal operands"},
    {CANARY_DIVIDE, 0x3feb8be6, 0x401ddc76, 0x00000000, 0x3f3efd83,
     "division is correctly rounded"},
    {CANARY_DIVIDE, 0x40088408, 0x3ffe82e4, 0x00000000, 0x3f895074,
     "division is correctly rounded"},
    {CANARY_DIVIDE, 0x40fb1e07, 0x40a670cc, 0x00000000, 0x3fc11eb9,
     "division is correctly rounded"},
    {CANARY_DIVIDE, 0x00800001, 0x40400000, 0x00000000, 0x002aaaab, "division keeps denormals"},
    {CANARY_DIVIDE, 0x00000007, 0x00400001, 0x00000000, 0x35dffffd, "division keeps denormals"},
    {CANARY_SQRT, 0x3fab75b5, 0x00000000, 0x00000000, 0x3f94250b, "sqrt is correctly rounded"},
    {CANARY_SQRT, 0x400a6c50, 0x00000000, 0x00000000, 0x3fbc3ecf, "sqrt is correctly rounded"},
    {CANARY_SQRT, 0x3ff9a42c, 0x00000000, 0x00000000, 0x3fb2c1cf, "sqrt is correctly rounded"},
    {CANARY_SQRT, 0x00001234, 0x00000000, 0x00000000, 0x1d41148e, "sqrt keeps denormals"},
    {CANARY_RINT, 0x40200000, 0x00000000, 0x00000000, 0x40000000, "rint ties to even, 2.5"},
    {CANARY_RINT, 0x40600000, 0x00000000, 0x00000000, 0x40800000, "rint ties to even, 3.5"},
    {CANARY_RINT, 0xbf000000, 0x00000000, 0x00000000, 0x80000000, "rint keeps the zero's sign"},
    {CANARY_FLOAT_TO_INT, 0x40200000, 0, 0, 2, "convert_int_rte ties to even, 2.5"},
    {CANARY_FLOAT_TO_INT, 0xc0600000, 0, 0, 0xfffffffc, "convert_int_rte ties to even, -3.5"},
    {CANARY_INT_TO_FLOAT, 0x01000001, 0, 0, 0x4b800000, "int to float ties to even, down"},
    {CANARY_INT_TO_FLOAT, 0x01000003, 0, 0, 0x4b800002, "int to float ties to even, up"},
    {CANARY_HALF_STORE, 0x3f801000, 0, 0, 0x3c00, "vstore_half_rte ties to even, down"},
    {CANARY_HALF_STORE, 0x3f803000, 0, 0, 0x3c02, "vstore_half_rte ties to even, up"},
    {CANARY_HALF_STORE, 0x33c00000, 0, 0, 0x0002, "vstore_half_rte keeps denormals"},
    {CANARY_HALF_STORE, 0x477ff000, 0, 0, 0x7c00, "vstore_half_rte overflows to infinity"},
    {CANARY_HALF_LOAD, 0x3c01, 0, 0, 0x3f802000, "vload_half is exact"},
    {CANARY_HALF_LOAD, 0x0001, 0, 0, 0x33800000, "vload_half keeps denormals"},
    {CANARY_HALF_LOAD, 0xfbff, 0, 0, 0xc77fe000, "vload_half is exact"},
    {CANARY_INT_MUL_ADD, 0x89abcdef, 0x13579bdf, 0xdeadbeef, 0x8a3ed720, "integers wrap"},
    {CANARY_SHIFT_RIGHT, 0x80000010, 4, 0, 0xf8000001, "signed shifts are arithmetic"},
};

}  // namespace

std::span<const CanaryCheck> canary_checks() {
  return checks;
}

std::optional<std::string> judge_canary(std::span<const std::uint32_t> results) {
  if (results.size() != std::size(checks)) {
    throw Error(fmt::format("canary: {} results for {} checks", results.size(), std::size(checks)));
  }
  for (std::size_t i = 0; i < results.size(); ++i) {
    if (results[i] == checks[i].expected) continue;
    return fmt::format("{}: got 0x{:08x}, expected 0x{:08x}", checks[i].name, results[i],
                       checks[i].expected);
  }
  return std::nullopt;
}

std::optional<std::string> run_canary(const std::shared_ptr<Context>& context) {
  constexpr std::size_t rows = std::size(checks);
  std::vector<std::int32_t> operations;
  std::vector<std::uint32_t> operands;
  std::vector<std::uint16_t> halves;
  for (const CanaryCheck& check : checks) {
    operations.push_back(check.operation);
    operands.insert(operands.end(), {check.a, check.b, check.c});
    halves.push_back(static_cast<std::uint16_t>(check.a & 0xffff));
  }
  const Buffer operation_buffer(*context, rows * sizeof(std::int32_t));
  const Buffer operand_buffer(*context, 3 * rows * sizeof(std::uint32_t));
  const Buffer half_in(*context, rows * sizeof(std::uint16_t));
  const Buffer half_out(*context, rows * sizeof(std::uint16_t));
  const Buffer result_buffer(*context, rows * sizeof(std::uint32_t));

  Queue queue(context);
  queue.set_label("canary");
  queue.write(operation_buffer, std::span(operations));
  queue.write(operand_buffer, std::span(operands));
  queue.write(half_in, std::span(halves));
  const canary_args args = {static_cast<abi_int>(rows)};
  queue.launch({"canary", ""}, {rows}, {1},
               {operation_buffer, operand_buffer, half_in, half_out, result_buffer}, args);
  std::vector<std::uint32_t> results(rows);
  queue.read(result_buffer, std::span(results));
  queue.read(half_out, std::span(halves));
  for (std::size_t i = 0; i < rows; ++i) {
    if (checks[i].operation == CANARY_HALF_STORE) results[i] = halves[i];
  }
  return judge_canary(results);
}

CanaryProduct canary_product() {
  constexpr int rows = CANARY_PRODUCT_ROWS, inputs = CODES_TILE;
  static_assert(inputs == 2 * rows);
  CanaryProduct product;
  for (int m = 0; m < rows; ++m) {
    for (int k = 0; k < inputs; ++k) {
      product.x.push_back(static_cast<std::int8_t>((37 * m + 11 * k) % 255 - 127));
      product.w.push_back(static_cast<std::int8_t>(k == m ? 1 : k == m + rows ? -1 : 0));
    }
    const std::span<const std::int8_t> x = std::span(product.x).last(inputs);
    for (std::size_t n = 0; n < rows; ++n) product.expected.push_back(x[n] - x[n + rows]);
  }
  return product;
}

std::optional<std::string> judge_canary_sm90a(std::span<const std::int32_t> sums) {
  const std::vector<std::int32_t> expected = canary_product().expected;
  if (sums.size() != expected.size()) {
    throw Error(fmt::format("canary: {} sums of {}", sums.size(), expected.size()));
  }
  for (std::size_t i = 0; i < sums.size(); ++i) {
    if (sums[i] == expected[i]) continue;
    return fmt::format("its product gives {} at [{}, {}], expected {}", sums[i],
                       i / CANARY_PRODUCT_ROWS, i % CANARY_PRODUCT_ROWS, expected[i]);
  }
  return std::nullopt;
}

std::optional<std::string> run_canary_sm90a(const std::shared_ptr<Context>& context) try {
  constexpr std::size_t rows = CANARY_PRODUCT_ROWS;
  const CanaryProduct product = canary_product();
  std::vector<std::int8_t> x(product.x.size()), w(product.w.size());
  for (std::size_t i = 0; i < x.size(); ++i) {
    const std::size_t at = CODES_TILES_INDEX(i / CODES_TILE, i % CODES_TILE, CODES_TILE);
    x[at] = product.x[i];
    w[at] = product.w[i];
  }
  std::vector<std::int32_t> sums(product.expected.size());
  const Buffer x_buffer(*context, x.size()), w_buffer(*context, w.size());
  const Buffer y_buffer(*context, sums.size() * sizeof(std::int32_t));
  Queue queue(context);
  queue.set_label("canary");
  queue.write(x_buffer, std::span(x));
  queue.write(w_buffer, std::span(w));
  queue.launch({"canary", "sm90a"}, {CANARY_PRODUCT_ITEMS}, {CANARY_PRODUCT_ITEMS},
               {x_buffer, w_buffer, y_buffer}, canary_args{static_cast<abi_int>(rows)});
  queue.read(y_buffer, std::span(sums));
  return judge_canary_sm90a(sums);
} catch (const Error& error) {
  return error.what();
}

CanaryWeights canary_weights() {
  constexpr int unit = 256, least = 12 * unit, end = 140 * unit;
  CanaryWeights weights;
  for (int i = 0; i < end; i += i < least ? 1 : 7) {
    // No score's power of two is so near to where its rounding changes that a double's would
    // differ.
    const double score = -static_cast<double>(i) / unit;
    const double weight = std::nearbyint(std::exp2(score) * 1024);
    weights.scores.push_back(static_cast<float>(score));
    weights.expected.push_back(static_cast<std::uint32_t>(weight) |
                               static_cast<std::uint32_t>(std::nearbyint(weight * 127 / 1024))
                                   << 16);
  }
  return weights;
}

std::optional<std::string> judge_canary_weights(std::span<const std::uint32_t> results) {
  const CanaryWeights weights = canary_weights();
  if (results.size() != weights.expected.size())
    throw Error(fmt::format("canary: {} weights of {}", results.size(), weights.expected.size()));
  for (std::size_t i = 0; i < results.size(); ++i) {
    if (results[i] == weights.expected[i]) continue;
    return fmt::format("the weight of a score of {} is 0x{:08x}, expected 0x{:08x}",
                       weights.scores[i], results[i], weights.expected[i]);
  }
  return std::nullopt;
}

std::optional<std::string> run_canary_weights(const std::shared_ptr<Context>& context) try {
  const CanaryWeights weights = canary_weights();
  std::vector<std::uint32_t> results(weights.scores.size());
  const Buffer scores(*context, results.size() * sizeof(float));
  const Buffer words(*context, results.size() * sizeof(std::uint32_t));
  Queue queue(context);
  queue.set_label("canary");
  queue.write(scores, std::span(weights.scores));
  queue.launch({"canary", "weights"}, {results.size()}, {1}, {scores, words},
               canary_args{static_cast<abi_int>(results.size())});
  queue.read(words, std::span(results));
  return judge_canary_weights(results);
} catch (const Error& error) {
  return error.what();
}

}  // namespace zerocl
