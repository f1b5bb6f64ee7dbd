#include "host/device.h"

#include <gtest/gtest.h>

#include "host/error.h"

namespace zerocl {
namespace {

DeviceFacts exact_device(const std::string& name) {
  DeviceFacts facts;
  facts.name = name;
  facts.platform_name = "Made up";
  facts.opencl_c_version = "OpenCL C 1.2";
  facts.compiler_available = true;
  facts.fp32 = {true, true, true, true, true};
  return facts;
}

DeviceFacts gpu(const std::string& name, std::uint32_t units, std::uint32_t mhz) {
  DeviceFacts facts = exact_device(name);
  facts.is_gpu = true;
  facts.compute_units = units;
  facts.clock_mhz = mhz;
  return facts;
}

DeviceFacts cpu(const std::string& name, std::uint32_t units, std::uint32_t mhz) {
  DeviceFacts facts = gpu(name, units, mhz);
  facts.is_gpu = false;
  facts.is_cpu = true;
  return facts;
}

// The message of the Error that choosing throws, with its kind in front.
std::string failure(const std::vector<DeviceFacts>& devices, const std::string& spec) {
  try {
    const std::size_t chosen = choose_device(devices, spec);
    return "chose " + std::to_string(chosen);
  } catch (const Error& error) {
    return std::to_string(static_cast<int>(error.kind())) + " " + error.what();
  }
}

TEST(ChooseDevice, PrefersAGpuToAFasterCpuBeforeIt) {
  const std::vector<DeviceFacts> devices = {cpu("cpu", 128, 3000), gpu("small", 20, 1000)};
  EXPECT_EQ(choose_device(devices, ""), 1u);
}

TEST(ChooseDevice, TakesTheFastestGpu) {
  const std::vector<DeviceFacts> devices = {gpu("a", 100, 1500), gpu("b", 132, 1980),
                                            gpu("c", 132, 1755)};
  EXPECT_EQ(choose_device(devices, ""), 1u);
}

TEST(ChooseDevice, TakesTheFirstOfEqualGpus) {
  EXPECT_EQ(choose_device(std::vector{gpu("a", 8, 8), gpu("a", 8, 8)}, ""), 0u);
}

TEST(ChooseDevice, FallsBackToACpu) {
  DeviceFacts weak = gpu("embedded", 4, 800);
  weak.fp32.denorm = false;
  DeviceFacts accelerator = exact_device("accelerator");
  EXPECT_EQ(choose_device(std::vector{weak, accelerator, cpu("cpu", 2, 2000)}, ""), 2u);
  EXPECT_EQ(choose_device(std::vector{weak, accelerator}, ""), 1u);
}

TEST(ChooseDevice, SaysWhyNothingIsUsable) {
  DeviceFacts weak = gpu("embedded", 4, 800);
  weak.fp32.denorm = false;
  weak.fp32.fma = false;
  const std::string text = failure({weak}, "");
  EXPECT_EQ(text.substr(0, 2), "3 ");
  EXPECT_NE(text.find("0: embedded"), std::string::npos) << text;
  EXPECT_NE(text.find("denormal numbers, fused multiply-add"), std::string::npos) << text;
}

TEST(ChooseDevice, ByIndex) {
  const std::vector<DeviceFacts> devices = {gpu("a", 1, 1), gpu("b", 2, 2)};
  EXPECT_EQ(choose_device(devices, "0"), 0u);
  EXPECT_EQ(choose_device(devices, "1"), 1u);
  const std::string text = failure(devices, "2");
  EXPECT_EQ(text.substr(0, 2), "2 ");
  EXPECT_NE(text.find("1: b (Made up)"), std::string::npos) << text;
  EXPECT_EQ(failure(devices, "99999999999999999999999").substr(0, 2), "2 ");
}

TEST(ChooseDevice, ByPartOfTheNameInAnyCase) {
  const std::vector<DeviceFacts> devices = {cpu("pthread-skylake", 2, 2), gpu("NVIDIA H200", 1, 1),
                                            gpu("NVIDIA H200 MIG", 1, 1)};
  EXPECT_EQ(choose_device(devices, "SKYLAKE"), 0u);
  EXPECT_EQ(choose_device(devices, "mig"), 2u);
  EXPECT_EQ(choose_device(devices, "nvidia h200"), 1u) << "the whole name wins over a part";
}

TEST(ChooseDevice, AmbiguousNameListsItsCandidatesOnly) {
  const std::string text =
      failure({cpu("pthread", 2, 2), gpu("NVIDIA H200", 1, 1), gpu("NVIDIA H100", 1, 1)}, "nvidia");
  EXPECT_EQ(text.substr(0, 2), "2 ");
  EXPECT_NE(text.find("1: NVIDIA H200"), std::string::npos) << text;
  EXPECT_NE(text.find("2: NVIDIA H100"), std::string::npos) << text;
  EXPECT_EQ(text.find("pthread"), std::string::npos) << text;
}

TEST(ChooseDevice, UnknownNameListsAllDevices) {
  const std::string text = failure({cpu("pthread", 2, 2)}, "radeon");
  EXPECT_EQ(text.substr(0, 2), "2 ");
  EXPECT_NE(text.find("0: pthread"), std::string::npos) << text;
}

TEST(ExactModeRefusal, NamesWhatIsMissing) {
  EXPECT_FALSE(exact_mode_refusal(exact_device("good")));
  DeviceFacts facts = exact_device("no divide");
  facts.fp32.correctly_rounded_divide_sqrt = false;
  EXPECT_EQ(exact_mode_refusal(facts),
            "its float32 arithmetic lacks correctly rounded division and square root");
  facts = exact_device("old");
  facts.opencl_c_version = "OpenCL C 1.1 something";
  EXPECT_TRUE(exact_mode_refusal(facts));
  facts = exact_device("no compiler");
  facts.compiler_available = false;
  EXPECT_TRUE(exact_mode_refusal(facts));
}

TEST(DeviceFacts, VnniNeedsPoclAndEveryFeature) {
  DeviceFacts facts = cpu("pthread", 2, 2);
  facts.is_pocl = true;
  facts.x86 = {true, true, true, true, true};
  EXPECT_TRUE(facts.has_vnni());
  facts.x86.avx512vl = false;
  EXPECT_FALSE(facts.has_vnni());
  facts.x86.avx512vl = true;
  facts.is_pocl = false;
  EXPECT_FALSE(facts.has_vnni());
}

// On whatever devices this machine has.
TEST(ListDevices, FactsMakeSense) {
  std::vector<Device> devices;
  try {
    devices = list_devices();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::no_device);
    GTEST_SKIP() << "no OpenCL device: " << error.what();
  }
  for (const Device& device : devices) {
    const DeviceFacts& facts = device.facts;
    EXPECT_FALSE(facts.name.empty());
    EXPECT_FALSE(facts.driver_version.empty());
    EXPECT_GT(facts.compute_units, 0u);
    EXPECT_GE(facts.global_mem_bytes, facts.max_alloc_bytes);
    EXPECT_GT(facts.max_alloc_bytes, 0u);
    EXPECT_GT(facts.mem_base_align_bytes, 0u);
    EXPECT_GT(facts.max_work_group_size, 0u);
    EXPECT_EQ(facts.is_pocl, !facts.pocl_version.empty());
    EXPECT_FALSE(facts.is_pocl && facts.is_nvidia());
  }
}

}  // namespace
}  // namespace zerocl
