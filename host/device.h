#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "host/opencl.h"

namespace zerocl {

// float32 capabilities as the driver claims them (CL_DEVICE_SINGLE_FP_CONFIG). The canary
// (host/canary.h) checks the claims by running them.
struct FloatConfig {
  bool denorm = false;
  bool fma = false;
  bool correctly_rounded_divide_sqrt = false;
  bool round_to_nearest = false;
  bool inf_nan = false;
};

// Instruction sets of the host processor, operating system support included. Filled for PoCL's
// CPU devices alone, whose kernels run on this very processor.
struct X86Features {
  bool avx2 = false;
  bool avx512f = false;
  bool avx512bw = false;
  bool avx512vl = false;
  bool avx512vnni = false;
};

// What is known about a device, all but the two refusals without running anything on it. Plain data,
// so that the rules of selection and of kernel variants can be tested on made-up devices.
struct DeviceFacts {
  std::string platform_name;
  std::string platform_version;
  std::string name;
  std::string vendor;
  std::string device_version;
  std::string driver_version;
  std::string opencl_c_version;
  std::vector<std::string> extensions;
  bool is_gpu = false;
  bool is_cpu = false;
  bool compiler_available = false;
  std::uint32_t compute_units = 0;
  std::uint32_t clock_mhz = 0;
  std::uint64_t global_mem_bytes = 0;
  std::uint64_t max_alloc_bytes = 0;  // one buffer at most
  std::uint64_t local_mem_bytes = 0;  // NVIDIA: 48 KiB, though static arrays may be larger
  std::size_t max_work_group_size = 0;
  std::size_t mem_base_align_bytes = 0;  // alignment of a sub-buffer's origin
  bool profiling_queue = false;
  FloatConfig fp32;
  // NVIDIA's compute capability (9.0 = Hopper), from cl_nv_device_attribute_query; 0.0 elsewhere.
  int nvidia_sm_major = 0;
  int nvidia_sm_minor = 0;
  // Why NVIDIA's second build for sm_90a does not work here, though the capability is 9.0: what a
  // Context finds out when it is made (canary.h). Empty: it works, or was not tried.
  std::string sm90a_refusal;
  // Why attention_i8's weights must not be computed by NVIDIA's special function unit; likewise.
  std::string weights_refusal;
  bool is_pocl = false;
  std::string pocl_version;  // "3.1"; empty elsewhere
  X86Features x86;

  bool has_extension(std::string_view extension) const;
  bool is_nvidia() const { return nvidia_sm_major > 0; }
  // The capability as one number, 90 for Hopper; 0 where it is no NVIDIA device.
  int nvidia_sm() const { return nvidia_sm_major * 10 + nvidia_sm_minor; }
  // Whether programs may be built in two stages for sm_90a (nvidia_sm90a.h).
  bool may_build_sm90a() const { return nvidia_sm() == 90 && sm90a_refusal.empty(); }
  // The VNNI variants: PoCL running on a processor that has the instruction. Asking for it
  // elsewhere makes LLVM abort the whole process, so this is checked before any build.
  bool has_vnni() const {
    return is_pocl && is_cpu && x86.avx512f && x86.avx512bw && x86.avx512vl && x86.avx512vnni;
  }
};

struct Device {
  cl_platform_id platform = nullptr;
  cl_device_id id = nullptr;
  DeviceFacts facts;
};

// Facts of one device. Throws Error when the driver answers a query with an error.
DeviceFacts query_device_facts(cl_platform_id platform, cl_device_id id);

// All devices of all platforms, in the loader's order, which gives each its index for `--device`.
// A platform without devices is passed over. Throws Error (no_device) when there are none at all.
std::vector<Device> list_devices();

// The device that `spec` means. Empty: the fastest usable GPU (most compute units x clock), else
// the fastest usable CPU device, else the fastest usable other device; the order of the platforms
// does not matter (PoCL may stand before a GPU). Digits: an index. Else: a part of the device's
// name, upper or lower case.
// Throws Error: no_device when nothing is usable (says why), usage when `spec` fits no device or
// several (lists them). An explicit `spec` may name a device that exact mode refuses.
Device select_device(const std::string& spec);

// The same decision on facts alone: the index into `devices`.
std::size_t choose_device(std::span<const DeviceFacts> devices, const std::string& spec);

// Why a device cannot run in exact mode (missing fma, denormals, ...), or nothing when, by its own
// account, it can. One sentence without the device's name.
std::optional<std::string> exact_mode_refusal(const DeviceFacts& facts);

}  // namespace zerocl
