// The half of device.h that asks OpenCL; the decisions are in device.cpp.
#include <fmt/format.h>

#include <algorithm>
#include <sstream>

#include "host/cl_error.h"
#include "host/device.h"

namespace zerocl {

namespace {

// cl_nv_device_attribute_query; its header is not part of Khronos' cl.h for 1.2.
constexpr cl_device_info nv_compute_capability_major = 0x4000;
constexpr cl_device_info nv_compute_capability_minor = 0x4001;

std::string trimmed(std::string text) {
  const auto end = text.find_last_not_of(std::string_view("\0 \t\n", 4));
  text.resize(end == std::string::npos ? 0 : end + 1);
  text.erase(0, std::min(text.find_first_not_of(" \t\n"), text.size()));
  return text;
}

std::string platform_text(cl_platform_id platform, cl_platform_info what) {
  std::size_t bytes = 0;
  check_status("clGetPlatformInfo", clGetPlatformInfo(platform, what, 0, nullptr, &bytes),
               fmt::format("query 0x{:x}", what));
  std::string text(bytes, '\0');
  check_status("clGetPlatformInfo", clGetPlatformInfo(platform, what, bytes, text.data(), nullptr),
               fmt::format("query 0x{:x}", what));
  return trimmed(std::move(text));
}

std::string device_text(cl_device_id id, cl_device_info what) {
  std::size_t bytes = 0;
  check_status("clGetDeviceInfo", clGetDeviceInfo(id, what, 0, nullptr, &bytes),
               fmt::format("query 0x{:x}", what));
  std::string text(bytes, '\0');
  check_status("clGetDeviceInfo", clGetDeviceInfo(id, what, bytes, text.data(), nullptr),
               fmt::format("query 0x{:x}", what));
  return trimmed(std::move(text));
}

template <class T>
T device_value(cl_device_id id, cl_device_info what) {
  T value = {};
  check_status("clGetDeviceInfo", clGetDeviceInfo(id, what, sizeof value, &value, nullptr),
               fmt::format("query 0x{:x}", what));
  return value;
}

std::vector<std::string> words(const std::string& text) {
  std::istringstream stream(text);
  std::vector<std::string> list;
  for (std::string word; stream >> word;) list.push_back(word);
  return list;
}

FloatConfig query_fp32(cl_device_id id) {
  const auto bits = device_value<cl_device_fp_config>(id, CL_DEVICE_SINGLE_FP_CONFIG);
  FloatConfig fp32;
  fp32.denorm = (bits & CL_FP_DENORM) != 0;
  fp32.fma = (bits & CL_FP_FMA) != 0;
  fp32.correctly_rounded_divide_sqrt = (bits & CL_FP_CORRECTLY_ROUNDED_DIVIDE_SQRT) != 0;
  fp32.round_to_nearest = (bits & CL_FP_ROUND_TO_NEAREST) != 0;
  fp32.inf_nan = (bits & CL_FP_INF_NAN) != 0;
  return fp32;
}

X86Features query_x86() {
  X86Features x86;
#if defined(__x86_64__)
  // CPUID and XCR0: the processor has it and the operating system saves its registers.
  __builtin_cpu_init();
  x86.avx2 = __builtin_cpu_supports("avx2") != 0;
  x86.avx512f = __builtin_cpu_supports("avx512f") != 0;
  x86.avx512bw = __builtin_cpu_supports("avx512bw") != 0;
  x86.avx512vl = __builtin_cpu_supports("avx512vl") != 0;
  x86.avx512vnni = __builtin_cpu_supports("avx512vnni") != 0;
#endif
  return x86;
}

// "3.1" of "OpenCL 3.0 PoCL 3.1+debian  Linux, None+Asserts, ..."; empty when it is not PoCL.
std::string pocl_version_of(const std::string& platform_version) {
  const std::size_t at = platform_version.find("PoCL ");
  if (at == std::string::npos) return "";
  const std::size_t begin = at + 5;
  const std::size_t end = platform_version.find_first_not_of("0123456789.", begin);
  return platform_version.substr(begin, end == std::string::npos ? end : end - begin);
}

std::vector<cl_platform_id> platforms() {
  cl_uint count = 0;
  const cl_int status = clGetPlatformIDs(0, nullptr, &count);
  constexpr cl_int platform_not_found_khr = -1001;  // the loader knows no driver
  if (status == platform_not_found_khr || (status == CL_SUCCESS && count == 0)) return {};
  check_status("clGetPlatformIDs", status, "counting OpenCL platforms");
  std::vector<cl_platform_id> list(count);
  check_status("clGetPlatformIDs", clGetPlatformIDs(count, list.data(), nullptr),
               "listing OpenCL platforms");
  return list;
}

std::vector<cl_device_id> devices_of(cl_platform_id platform) {
  cl_uint count = 0;
  const cl_int status = clGetDeviceIDs(platform, CL_DEVICE_TYPE_ALL, 0, nullptr, &count);
  if (status == CL_DEVICE_NOT_FOUND || count == 0) return {};
  check_status("clGetDeviceIDs", status, platform_text(platform, CL_PLATFORM_NAME));
  std::vector<cl_device_id> list(count);
  check_status("clGetDeviceIDs",
               clGetDeviceIDs(platform, CL_DEVICE_TYPE_ALL, count, list.data(), nullptr),
               platform_text(platform, CL_PLATFORM_NAME));
  return list;
}

}  // namespace

DeviceFacts query_device_facts(cl_platform_id platform, cl_device_id id) {
  DeviceFacts facts;
  facts.platform_name = platform_text(platform, CL_PLATFORM_NAME);
  facts.platform_version = platform_text(platform, CL_PLATFORM_VERSION);
  facts.name = device_text(id, CL_DEVICE_NAME);
  facts.vendor = device_text(id, CL_DEVICE_VENDOR);
  facts.device_version = device_text(id, CL_DEVICE_VERSION);
  facts.driver_version = device_text(id, CL_DRIVER_VERSION);
  facts.opencl_c_version = device_text(id, CL_DEVICE_OPENCL_C_VERSION);
  facts.extensions = words(device_text(id, CL_DEVICE_EXTENSIONS));
  const auto type = device_value<cl_device_type>(id, CL_DEVICE_TYPE);
  facts.is_gpu = (type & CL_DEVICE_TYPE_GPU) != 0;
  facts.is_cpu = (type & CL_DEVICE_TYPE_CPU) != 0;
  facts.compiler_available = device_value<cl_bool>(id, CL_DEVICE_COMPILER_AVAILABLE) != CL_FALSE;
  facts.compute_units = device_value<cl_uint>(id, CL_DEVICE_MAX_COMPUTE_UNITS);
  facts.clock_mhz = device_value<cl_uint>(id, CL_DEVICE_MAX_CLOCK_FREQUENCY);
  facts.global_mem_bytes = device_value<cl_ulong>(id, CL_DEVICE_GLOBAL_MEM_SIZE);
  facts.max_alloc_bytes = device_value<cl_ulong>(id, CL_DEVICE_MAX_MEM_ALLOC_SIZE);
  facts.local_mem_bytes = device_value<cl_ulong>(id, CL_DEVICE_LOCAL_MEM_SIZE);
  facts.max_work_group_size = device_value<std::size_t>(id, CL_DEVICE_MAX_WORK_GROUP_SIZE);
  facts.mem_base_align_bytes = device_value<cl_uint>(id, CL_DEVICE_MEM_BASE_ADDR_ALIGN) / 8;
  const auto queue = device_value<cl_command_queue_properties>(id, CL_DEVICE_QUEUE_PROPERTIES);
  facts.profiling_queue = (queue & CL_QUEUE_PROFILING_ENABLE) != 0;
  facts.fp32 = query_fp32(id);
  if (facts.has_extension("cl_nv_device_attribute_query")) {
    facts.nvidia_sm_major =
        static_cast<int>(device_value<cl_uint>(id, nv_compute_capability_major));
    facts.nvidia_sm_minor =
        static_cast<int>(device_value<cl_uint>(id, nv_compute_capability_minor));
  }
  facts.pocl_version = pocl_version_of(facts.platform_version);
  facts.is_pocl = !facts.pocl_version.empty();
  if (facts.is_pocl && facts.is_cpu) facts.x86 = query_x86();
  return facts;
}

std::vector<Device> list_devices() {
  const std::vector<cl_platform_id> found = platforms();
  if (found.empty()) {
    throw Error(
        "no OpenCL driver is installed. For the CPU: package pocl-opencl-icd (Debian, Ubuntu); for "
        "an NVIDIA GPU: its driver's package with libnvidia-opencl.so.1 (nvidia-opencl-icd). "
        "Drivers are found through the files /etc/OpenCL/vendors/*.icd, or $OCL_ICD_VENDORS",
        ErrorKind::no_device);
  }
  std::vector<Device> devices;
  for (const cl_platform_id platform : found) {
    for (const cl_device_id id : devices_of(platform)) {
      devices.push_back({platform, id, query_device_facts(platform, id)});
    }
  }
  if (devices.empty()) {
    std::string names;
    for (const cl_platform_id platform : found) {
      names += "\n  " + platform_text(platform, CL_PLATFORM_NAME);
    }
    throw Error(
        "the installed OpenCL drivers offer no device (is the GPU visible to this process? "
        "package pocl-opencl-icd makes a device of the CPU):" +
            names,
        ErrorKind::no_device);
  }
  return devices;
}

}  // namespace zerocl
