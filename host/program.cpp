#include "host/program.h"

#include <fmt/format.h>

#include <vector>

#include "host/cl_error.h"
#include "host/log.h"
#include "host/nvidia_sm90a.h"

namespace zerocl {

namespace {

std::string build_log(cl_program program, cl_device_id device) {
  std::size_t bytes = 0;
  if (clGetProgramBuildInfo(program, device, CL_PROGRAM_BUILD_LOG, 0, nullptr, &bytes) !=
          CL_SUCCESS ||
      bytes == 0) {
    return "(no build log)";
  }
  std::string log(bytes, '\0');
  if (clGetProgramBuildInfo(program, device, CL_PROGRAM_BUILD_LOG, bytes, log.data(), nullptr) !=
      CL_SUCCESS) {
    return "(no build log)";
  }
  while (!log.empty() && (log.back() == '\0' || log.back() == '\n')) log.pop_back();
  return log.empty() ? "(empty build log)" : log;
}

std::string description(const Device& device, const ProgramRequest& request) {
  return fmt::format("program of {} on {}", request.what, device.facts.name);
}

// Builds for the one device; returns the status and logs what the compiler said.
cl_int build(cl_program program, const Device& device, const ProgramRequest& request) {
  const cl_int status =
      clBuildProgram(program, 1, &device.id, request.options.c_str(), nullptr, nullptr);
  if (status == CL_SUCCESS && log_enabled(LogLevel::debug)) {
    log_debug(fmt::format("{}: {}", description(device, request), build_log(program, device.id)));
  }
  return status;
}

ProgramHandle build_from_source(cl_context context, const Device& device,
                                const ProgramRequest& request) {
  const char* text = request.source.c_str();
  const std::size_t length = request.source.size();
  cl_int status = CL_SUCCESS;
  ProgramHandle program(clCreateProgramWithSource(context, 1, &text, &length, &status));
  check_status("clCreateProgramWithSource", status, description(device, request));
  status = build(program.get(), device, request);
  if (status != CL_SUCCESS) {
    throw Error(status_message("clBuildProgram", status,
                               fmt::format("{}, options {}\n{}", description(device, request),
                                           request.options, build_log(program.get(), device.id))));
  }
  return program;
}

// Throws Error: the caller decides whether another way is left.
ProgramHandle build_from_binary(cl_context context, const Device& device,
                                const ProgramRequest& request, std::span<const std::byte> binary) {
  const auto* data = reinterpret_cast<const unsigned char*>(binary.data());
  const std::size_t length = binary.size();
  cl_int binary_status = CL_SUCCESS;
  cl_int status = CL_SUCCESS;
  ProgramHandle program(
      clCreateProgramWithBinary(context, 1, &device.id, &length, &data, &binary_status, &status));
  check_status("clCreateProgramWithBinary", status, description(device, request));
  check_status("clCreateProgramWithBinary (device)", binary_status, description(device, request));
  status = build(program.get(), device, request);
  if (status != CL_SUCCESS) {
    throw Error(status_message(
        "clBuildProgram (binary)", status,
        fmt::format("{}\n{}", description(device, request), build_log(program.get(), device.id))));
  }
  return program;
}

// The binary of a program built for one device. The context may hold more devices (a caller's
// own), so the program may list several; ours is the one with our device id.
std::vector<std::byte> program_binary(cl_program program, const Device& device,
                                      const ProgramRequest& request) {
  const std::string detail = description(device, request);
  cl_uint count = 0;
  check_status("clGetProgramInfo(CL_PROGRAM_NUM_DEVICES)",
               clGetProgramInfo(program, CL_PROGRAM_NUM_DEVICES, sizeof count, &count, nullptr),
               detail);
  std::vector<cl_device_id> devices(count);
  std::vector<std::size_t> sizes(count);
  check_status("clGetProgramInfo(CL_PROGRAM_DEVICES)",
               clGetProgramInfo(program, CL_PROGRAM_DEVICES, count * sizeof(cl_device_id),
                                devices.data(), nullptr),
               detail);
  check_status("clGetProgramInfo(CL_PROGRAM_BINARY_SIZES)",
               clGetProgramInfo(program, CL_PROGRAM_BINARY_SIZES, count * sizeof(std::size_t),
                                sizes.data(), nullptr),
               detail);
  std::vector<std::vector<std::byte>> binaries(count);
  std::vector<unsigned char*> pointers(count);  // null: not wanted
  std::size_t ours = 0;
  for (std::size_t i = 0; i < count; ++i) {
    if (devices[i] != device.id) continue;
    ours = i;
    binaries[i].resize(sizes[i]);
    pointers[i] = reinterpret_cast<unsigned char*>(binaries[i].data());
  }
  check_status("clGetProgramInfo(CL_PROGRAM_BINARIES)",
               clGetProgramInfo(program, CL_PROGRAM_BINARIES, count * sizeof(unsigned char*),
                                pointers.data(), nullptr),
               detail);
  if (count == 0 || binaries[ours].empty()) throw Error(detail + ": the driver gave no binary");
  return std::move(binaries[ours]);
}

std::vector<std::byte> retargeted(std::span<const std::byte> binary) {
  const std::string ptx =
      retarget_ptx_sm90a({reinterpret_cast<const char*>(binary.data()), binary.size()});
  const auto bytes = std::as_bytes(std::span(ptx.data(), ptx.size()));
  return {bytes.begin(), bytes.end()};
}

}  // namespace

std::string build_options(const DeviceFacts& facts, bool vnni,
                          const std::optional<Injection>& injection) {
  std::string options = "-cl-std=CL1.2 -cl-kernel-arg-info";
  if (facts.fp32.correctly_rounded_divide_sqrt) {
    options += " -cl-fp32-correctly-rounded-divide-sqrt";
  }
  if (vnni) options += " -DZCL_VNNI=1";
  if (injection) options += fmt::format(" -D{}=1", injection_definition(*injection));
  return options;
}

bool cache_binaries(const DeviceFacts& facts) {
  return !facts.is_pocl;
}

Sha256Digest program_key(const DeviceFacts& facts, const ProgramRequest& request) {
  Sha256 hash;
  // Each field with its length, so that no two lists of fields give one message.
  const auto add = [&hash](std::string_view field) {
    hash.update(fmt::format("{}:", field.size()));
    hash.update(field);
  };
  add(ZEROCL_VERSION);
  add(facts.platform_name);
  add(facts.platform_version);
  add(facts.name);
  add(facts.device_version);
  add(facts.driver_version);
  add(request.options);
  add(request.sm90a ? "sm_90a" : "");
  add(request.source);
  return hash.finish();
}

ProgramHandle build_program(cl_context context, const Device& device, const ProgramRequest& request,
                            const ProgramCache* cache) {
  const bool cached = cache != nullptr && cache->enabled();
  const Sha256Digest key = cached ? program_key(device.facts, request) : Sha256Digest{};
  if (cached) {
    if (const auto binary = cache->load(key)) {
      try {
        return build_from_binary(context, device, request, *binary);
      } catch (const Error& error) {
        log_warning(fmt::format("{}; building from source", error.what()));
      }
    }
  }
  ProgramHandle program = build_from_source(context, device, request);
  if (!cached && !request.sm90a) return program;
  std::vector<std::byte> binary = program_binary(program.get(), device, request);
  if (request.sm90a) {
    binary = retargeted(binary);
    program = build_from_binary(context, device, request, binary);
  }
  if (cached) cache->store(key, binary);
  return program;
}

}  // namespace zerocl
