#include "host/ops/linear_w8a8.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <set>

#include "engine/verify/cases/linear_case.h"
#include "engine/verify/cases/linear_w8a8_operands.h"
#include "engine/verify/cases/row_inputs.h"
#include "engine/verify/compare.h"
#include "host/source.h"
#include "reference/linear_w8a8.h"
#include "tests/ops/family_test.h"

namespace zerocl {

KernelFamily linear_w8a8_family();

namespace {

using reference::Index;
using reference::MatrixF;
using reference::Quantized;

LinearW8A8Operands upload_operands(const Quantized& x, const Quantized& w,
                                   std::span<const float> bias, std::string_view variant) {
  return upload_linear_w8a8(shared_queue(), variant, x, w, bias);
}

// The variants that can run on the test device.
std::vector<std::string_view> runnable_variants() {
  std::vector<std::string_view> names;
  for (const Variant& variant : kLinearW8A8Variants)
    if (!variant.refusal(shared_queue().facts())) names.push_back(variant.name);
  return names;
}

Quantized ones(Index rows, Index cols) {
  return {reference::MatrixI8(rows, cols), MatrixF::Constant(rows, 1, 1.0f), cols};
}

HostTensor run(const LinearW8A8Operands& operands, std::string_view variant) {
  Queue& queue = shared_queue();
  const DeviceF32 y = allocate_f32(queue, operands.x.view.codes.rows, operands.weight.outputs);
  ops::linear_w8a8(queue, operands.x.view, operands.weight, y.tensor, variant);
  return download(queue, "y", y.tensor);
}

}  // namespace

TEST(LinearW8A8, DeviceHasTheBitsOfTheReference) {
  check_family(linear_w8a8_family());
}

// All 256 bytes that an unsigned activation can be, -128 among them, which quantization never
// makes, times all 255 codes of weights, at every place of a run of four inputs.
TEST(LinearW8A8, EveryByteTimesEveryCode) {
  constexpr Index inputs = 7;
  Quantized x = ones(256, inputs), w = ones(255, inputs);
  for (Index k = 0; k < inputs; ++k) {
    for (Index m = 0; m < 256; ++m)
      x.codes(m, k) = static_cast<std::int8_t>((m + 37 * k) % 256 - 128);
    for (Index n = 0; n < 255; ++n)
      w.codes(n, k) = static_cast<std::int8_t>((n + 11 * k) % 255 - 127);
  }
  for (const std::string_view variant : runnable_variants()) {
    const HostTensor y = run(upload_operands(x, w, {}, variant), variant);
    for (Index m = 0; m < 256; ++m)
      for (Index n = 0; n < 255; ++n) {
        int sum = 0;
        for (Index k = 0; k < inputs; ++k) sum += int{x.codes(m, k)} * w.codes(n, k);
        ASSERT_EQ(elements<float>(y)[m * 255 + n], static_cast<float>(sum))
            << "variant '" << variant << "' m=" << m << " n=" << n;
      }
  }
}

// NUMERICS.md 3.5 by hand: the products of the scales are rounded where the text says so.
TEST(LinearW8A8, ReferenceFollowsTheText) {
  Quantized x{reference::MatrixI8(1, 32), MatrixF(1, 2), 16};
  Quantized w{reference::MatrixI8(1, 32), MatrixF(1, 1), 32};
  x.codes.setConstant(3);
  w.codes.setConstant(-5);
  w.codes(0, 31) = 100;
  x.scales << 0.1f, 0.7f;
  w.scales << 0.3f;
  const float bias[] = {1.1f};
  float want = 1.1f;
  want = std::fma(-240.0f * 0.1f, 0.3f, want);             // 16 * 3 * -5
  want = std::fma((-225.0f + 300.0f) * 0.7f, 0.3f, want);  // 15 * 3 * -5 + 3 * 100
  EXPECT_EQ(reference::linear_w8a8(x, w, bias)(0, 0), want);
}

// Each of G groups rounds float(acc), the product with xs and the fma: against float64 no more than
// 3 * 2^-24 of the sum of magnitudes so far, for each group.
TEST(LinearW8A8, ReferenceIsNearFloat64) {
  double worst = 0;
  for (const Index group : {64, 300}) {
    const Quantized x = make_quantized(1, 9, 300, group, Fill::random);
    const Quantized w = make_quantized(2, 11, 300, 300, Fill::random);
    const std::vector<float> bias = make_vector(3, 11, 0.0f);
    const MatrixF y = reference::linear_w8a8(x, w, bias);
    const double groups = std::ceil(300.0 / static_cast<double>(group));
    for (Index m = 0; m < y.rows(); ++m)
      for (Index n = 0; n < y.cols(); ++n) {
        double sum = bias[static_cast<std::size_t>(n)], magnitude = std::fabs(sum);
        for (Index k = 0; k < 300; ++k) {
          const double term = double{x.scales(m, k / group)} * x.codes(m, k) *
                              double{w.scales(n, 0)} * w.codes(n, k);
          sum += term;
          magnitude += std::fabs(term);
        }
        worst = std::max(worst, std::fabs(y(m, n) - sum) / (magnitude * groups));
      }
  }
  std::printf("  largest error: %.3g of the magnitudes a group (bound %.3g)\n", worst, 3 * 0x1p-24);
  EXPECT_LE(worst, 3 * 0x1p-24);
}

// y inside a wider matrix: what stands beside and below it stays.
TEST(LinearW8A8, WritesNothingBesideItsOutput) {
  Queue& queue = shared_queue();
  for (const LinearDims dims : {LinearDims{1, 5, 40}, LinearDims{9, 33, 70}, LinearDims{13, 24, 64},
                                LinearDims{70, 130, 33}}) {
    const Quantized x = make_quantized(5, dims.rows, dims.inputs, dims.inputs, Fill::random);
    const Quantized w = make_quantized(6, dims.outputs, dims.inputs, dims.inputs, Fill::random);
    const MatrixF want = reference::linear_w8a8(x, w, {});
    for (const std::string_view variant : runnable_variants()) {
      const LinearW8A8Operands operands = upload_operands(x, w, {}, variant);
      const std::int64_t stride = dims.outputs + 3;
      const DeviceF32 wide = allocate_f32(queue, dims.rows + 1, stride);
      const HostTensor before = download(queue, "y", wide.tensor);
      const Tensor y(wide.buffer, DType::f32, dims.rows, dims.outputs, stride);
      ops::linear_w8a8(queue, operands.x.view, operands.weight, y, variant);
      const HostTensor after = download(queue, "y", wide.tensor);
      for (std::int64_t i = 0; i < (dims.rows + 1) * stride; ++i) {
        const bool inside = i % stride < dims.outputs && i / stride < dims.rows;
        const float expected_value =
            inside ? want(i / stride, i % stride) : elements<float>(before)[i];
        ASSERT_EQ(std::bit_cast<std::uint32_t>(elements<float>(after)[i]),
                  std::bit_cast<std::uint32_t>(expected_value))
            << "variant '" << variant << "' row " << i / stride << " column " << i % stride;
      }
    }
  }
}

TEST(LinearW8A8, NoRowsAreNoWork) {
  Queue& queue = shared_queue();
  const Quantized one = make_quantized(7, 1, 32, 32, Fill::random);
  for (const std::string_view variant : runnable_variants()) {
    LinearW8A8Operands operands = upload_operands(one, one, {}, variant);
    const DeviceF32 y = allocate_f32(queue, 1, 1);
    operands.x.view.codes.rows = operands.x.view.scales.rows = 0;
    Tensor none = y.tensor;
    none.rows = 0;
    ops::linear_w8a8(queue, operands.x.view, operands.weight, none, variant);
    queue.finish();
  }
}

TEST(LinearW8A8, RefusesWhatDoesNotFit) {
  Queue& queue = shared_queue();
  const Quantized x = make_quantized(8, 3, 96, 32, Fill::random);
  const Quantized w = make_quantized(9, 5, 96, 96, Fill::random);
  const LinearW8A8Operands good = upload_operands(x, w, {}, "");
  const DeviceF32 y = allocate_f32(queue, 3, 5);
  const auto call = [&](const ops::Codes& a, const ops::LinearW8A8Weight& b,
                        std::string_view variant = {}) {
    return [&queue, &y, a, b, variant] { ops::linear_w8a8(queue, a, b, y.tensor, variant); };
  };
  ops::Codes a = good.x.view;
  a.layout = ops::CodesLayout::u8;
  expect_error(call(a, good.weight), {"linear_w8a8", "layout 2", "'pairs'"});
  a = good.x.view;
  a.group = 24;
  expect_error(call(a, good.weight), {"linear_w8a8", "groups of 24"});
  a = good.x.view;
  a.codes.stride = 96;
  expect_error(call(a, good.weight), {"linear_w8a8", "96 codes apart", "128"});
  a = good.x.view;
  a.scales.cols = 2;
  expect_error(call(a, good.weight), {"linear_w8a8", "scales of x"});
  ops::LinearW8A8Weight b = good.weight;
  b.group = 48;  // 32 and 48: neither divides the other
  expect_error(call(good.x.view, b), {"linear_w8a8", "groups of 32 (x) and 48 (w)"});
  b = good.weight;
  b.codes.bytes -= 1;
  expect_error(call(good.x.view, b), {"linear_w8a8", "w has"});
  b = good.weight;
  b.outputs = 6;
  expect_error(call(good.x.view, b), {"linear_w8a8", "scales of w"});
  b = good.weight;
  b.family = "bricks";
  expect_error(call(good.x.view, b), {"linear_w8a8", "'bricks'"});
  expect_error(call(good.x.view, good.weight, "group"),
               {"linear_w8a8", "'group'", "'rows'", "'pairs'"});
  expect_error(call(good.x.view, good.weight, "mmx"), {"linear_w8a8", "no variant 'mmx'"});
}

// The variant that could end the process is refused by facts alone, before anything is built.
TEST(LinearW8A8, VnniIsRefusedWhereItWasNotTried) {
  DeviceFacts facts;
  facts.name = "pthread-skylake-avx512";
  facts.is_pocl = facts.is_cpu = true;
  facts.pocl_version = "3.1";
  facts.x86 = {true, true, true, true, true};
  EXPECT_EQ(linear_w8a8_vnni_refusal(facts), std::nullopt);
  const auto refused = [&](auto change, std::string_view why) {
    DeviceFacts other = facts;
    change(other);
    const auto refusal = linear_w8a8_vnni_refusal(other);
    ASSERT_TRUE(refusal) << why;
    EXPECT_NE(refusal->find(why), std::string::npos) << *refusal;
  };
  refused([](DeviceFacts& f) { f.is_pocl = false; }, "needs PoCL");
  refused([](DeviceFacts& f) { f.is_cpu = false; }, "needs PoCL on a CPU");
  refused([](DeviceFacts& f) { f.pocl_version = "3.10"; }, "not tried with PoCL 3.10");
  refused([](DeviceFacts& f) { f.pocl_version = "6.0"; }, "not tried with PoCL 6.0");
  refused([](DeviceFacts& f) { f.name = "remote-cpu"; }, "remote-cpu");
  refused([](DeviceFacts& f) { f.x86.avx512vnni = false; }, "AVX512-VNNI");
  refused([](DeviceFacts& f) { f.x86.avx512bw = false; }, "AVX512-VNNI");
}

// ZEROCL_DISABLE_VARIANTS as a test wants it, and as it was afterwards.
class DisabledVariants {
 public:
  explicit DisabledVariants(const char* names) {
    if (const char* set = std::getenv(kName)) before_ = set;
    setenv(kName, names, 1);
  }
  ~DisabledVariants() { before_ ? setenv(kName, before_->c_str(), 1) : unsetenv(kName); }
  DisabledVariants(const DisabledVariants&) = delete;
  DisabledVariants& operator=(const DisabledVariants&) = delete;

 private:
  static constexpr const char* kName = "ZEROCL_DISABLE_VARIANTS";
  std::optional<std::string> before_;
};

DeviceFacts nvidia_gpu(int major, int minor) {
  DeviceFacts facts;
  facts.name = "a made-up GPU";
  facts.is_gpu = true;
  facts.nvidia_sm_major = major;
  facts.nvidia_sm_minor = minor;
  return facts;
}

// What is chosen for groups of whole tiles, and for groups of 32, which tensor cores do not serve.
struct Chosen {
  std::string_view whole_tiles, small_groups;
  bool operator==(const Chosen&) const = default;
};
Chosen chosen_on(const DeviceFacts& facts) {
  const Chosen chosen = {ops::choose_linear_w8a8(facts, {768, 768, 768}).name,
                         ops::choose_linear_w8a8(facts, {768, 32, 32}).name};
  for (const ops::LinearW8A8Groups groups :
       {ops::LinearW8A8Groups{768, 128, 768}, {768, 256, 128}, {768, 768, 384}})
    EXPECT_EQ(ops::choose_linear_w8a8(facts, groups).name, chosen.whole_tiles);
  for (const ops::LinearW8A8Groups groups :
       {ops::LinearW8A8Groups{768, 64, 768}, {768, 768, 192}, {768, 16, 128}})
    EXPECT_EQ(ops::choose_linear_w8a8(facts, groups).name, chosen.small_groups);
  return chosen;
}

TEST(LinearW8A8, TheCapabilityChoosesTheVariant) {
  const DisabledVariants none("");
  EXPECT_EQ(chosen_on(nvidia_gpu(0, 0)), (Chosen{"group", "group"})) << "not NVIDIA's";
  EXPECT_EQ(chosen_on(nvidia_gpu(6, 0)), (Chosen{"group", "group"}));
  EXPECT_EQ(chosen_on(nvidia_gpu(6, 1)), (Chosen{"dp4a", "dp4a"}));
  EXPECT_EQ(chosen_on(nvidia_gpu(7, 5)), (Chosen{"dp4a", "dp4a"}));
  EXPECT_EQ(chosen_on(nvidia_gpu(8, 0)), (Chosen{"mma", "dp4a"}));
  EXPECT_EQ(chosen_on(nvidia_gpu(8, 9)), (Chosen{"mma", "dp4a"}));
  EXPECT_EQ(chosen_on(nvidia_gpu(9, 0)), (Chosen{"wgmma", "dp4a"}));
  EXPECT_EQ(chosen_on(nvidia_gpu(10, 0)), (Chosen{"mma", "dp4a"})) << "wgmma is Hopper's alone";
  EXPECT_EQ(chosen_on(nvidia_gpu(12, 0)), (Chosen{"mma", "dp4a"}));
  DeviceFacts cpu;
  cpu.is_cpu = true;
  EXPECT_EQ(chosen_on(cpu), (Chosen{"", ""}));
}

TEST(LinearW8A8, AFailedSecondBuildLeavesMma) {
  const DisabledVariants none("");
  DeviceFacts facts = nvidia_gpu(9, 0);
  facts.sm90a_refusal = "its product gives 3 at [0, 1], expected 4";
  EXPECT_EQ(chosen_on(facts), (Chosen{"mma", "dp4a"}));
  // What `zerocl devices` shows: the reason, and that the fused operators run as steps.
  int refused = 0, steps = 0;
  for (const VariantChoice& choice : variant_choices(facts)) {
    if (choice.variant == "wgmma") {
      ++refused;
      EXPECT_FALSE(choice.chosen) << choice.op;
      EXPECT_NE(choice.refusal.value_or("").find(facts.sm90a_refusal), std::string::npos);
    }
    if (choice.variant == "steps") steps += choice.chosen ? 1 : 0;
  }
  // linear_w8a8 and linear_f16_n16f25, three and two forms fused with them, and
  // linear_w8a8_quantize; attention's does not need it.
  EXPECT_EQ(refused, 8);
  EXPECT_EQ(steps, 7);  // and the persistent kernels
}

TEST(LinearW8A8, SwitchingOneOffChoosesTheNext) {
  const DeviceFacts hopper = nvidia_gpu(9, 0);
  {
    const DisabledVariants one("wgmma");
    EXPECT_EQ(chosen_on(hopper), (Chosen{"mma", "dp4a"}));
  }
  {
    const DisabledVariants two("wgmma,mma");
    EXPECT_EQ(chosen_on(hopper), (Chosen{"dp4a", "dp4a"}));
  }
  const DisabledVariants three("wgmma,mma,dp4a");
  EXPECT_EQ(chosen_on(hopper), (Chosen{"group", "group"}));
}

TEST(LinearW8A8, RefusalsSayWhatIsMissing) {
  const auto reason = [](auto refusal, const DeviceFacts& facts) {
    return refusal(facts).value_or("none");
  };
  EXPECT_EQ(reason(linear_w8a8_mma_refusal, nvidia_gpu(7, 5)),
            "needs compute capability 8.0 or more, found 7.5");
  EXPECT_EQ(reason(linear_w8a8_dp4a_refusal, nvidia_gpu(6, 0)),
            "needs compute capability 6.1 or more, found 6.0");
  EXPECT_EQ(reason(linear_w8a8_mma_refusal, DeviceFacts()), "needs an NVIDIA GPU");
  EXPECT_EQ(reason(wgmma_refusal, nvidia_gpu(8, 9)),
            "needs compute capability 9.0 (Hopper), found 8.9");
}

// A fallback packs nothing anew: it reads the weights and activations of what it stands in for.
TEST(LinearW8A8, FallbacksReadTheSameLayout) {
  EXPECT_EQ(ops::linear_w8a8_family_of("mma"), ops::linear_w8a8_family_of("wgmma"));
  EXPECT_EQ(ops::linear_w8a8_family_of("dp4a"), ops::linear_w8a8_family_of("group"));
  for (const Variant& variant : kLinearW8A8Variants) {
    for (const std::int64_t group : {256, 128}) {
      const std::vector<KernelId> kernels =
          ops::linear_w8a8_kernels(variant.name, {.inputs = 256, .x = group, .w = 256});
      ASSERT_FALSE(kernels.empty());
      EXPECT_TRUE(kernels[0].variant.starts_with(variant.name)) << kernels[0].function();
      EXPECT_EQ(std::set<KernelId>(kernels.begin(), kernels.end()).size(), kernels.size());
      for (const KernelId& kernel : kernels)
        EXPECT_NO_THROW(KernelSources::embedded().file_of(kernel)) << kernel.function();
    }
  }
}

TEST(LinearW8A8, VnniCanBeSwitchedOff) {
  DeviceFacts facts;
  facts.name = "cpu-skylake-avx512";
  facts.is_pocl = facts.is_cpu = true;
  facts.pocl_version = "5.0";
  facts.x86 = {true, true, true, true, true};
  const ops::LinearW8A8Groups whole = {128, 128, 128};
  {
    const DisabledVariants none("");
    EXPECT_EQ(ops::choose_linear_w8a8(facts, whole).name, "vnni");
  }
  const DisabledVariants two("mma,vnni");
  EXPECT_EQ(ops::choose_linear_w8a8(facts, whole).name, "");
}

}  // namespace zerocl
