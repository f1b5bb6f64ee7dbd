#pragma once

#include <optional>
#include <string>

#include "host/device.h"
#include "host/kernel.h"
#include "host/opencl.h"
#include "host/program_cache.h"

namespace zerocl {

// Everything that decides a program.
struct ProgramRequest {
  std::string what;     // for errors: "linear_w8a8, softmax"
  std::string source;   // flattened (host/source.h)
  std::string options;  // build_options()
  bool sm90a = false;   // build in two stages for wgmma (host/nvidia_sm90a.h)
};

// The options of every build: OpenCL C 1.2, correctly rounded division and square root where the
// device has them (asking elsewhere is a build error), argument names for checks. `vnni` lets the
// x86 VNNI helpers be compiled; `injection` spoils the code on purpose.
std::string build_options(const DeviceFacts& facts, bool vnni,
                          const std::optional<Injection>& injection);

// What the program cache calls this program on this device.
Sha256Digest program_key(const DeviceFacts& facts, const ProgramRequest& request);

// Builds a program, or takes it from `cache` (null: none), and stores it there.
// Throws Error with `what`, the device and the build log.
ProgramHandle build_program(cl_context context, const Device& device, const ProgramRequest& request,
                            const ProgramCache* cache);

// True where our cache helps. Not on PoCL: reading a binary makes PoCL 3.1 compile every kernel of
// the program for a work-group size that no launch uses (60 ms each), the first launches still pay
// for their own size (25 ms and more each), and PoCL keeps a cache of its own that serves both the
// build (25 ms) and those launches (under 0.4 ms). Its binaries do work (tests/host/program_test).
bool cache_binaries(const DeviceFacts& facts);

}  // namespace zerocl
