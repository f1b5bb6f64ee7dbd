#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <map>
#include <memory>
#include <numeric>
#include <optional>
#include <string>
#include <vector>

#include "cl_kernels/kernel_sources.h"
#include "host/context.h"
#include "host/error.h"
#include "host/queue.h"
#include "host/source.h"
#include "tests/host/temporary_directory.h"

namespace zerocl {

// As abi/affine.h below declares it for the device.
struct affine_args {
  std::int32_t count;
  std::int32_t factor;
  std::int32_t summand;
};

// Small operators that exist in tests only: the run time is tested without any real one.
inline const std::map<std::string, std::string>& test_kernels() {
  static const std::map<std::string, std::string> files = {
      {"abi/affine.h",
       "#pragma once\n#include \"abi/types.h\"\n"
       "struct affine_args { abi_int count; abi_int factor; abi_int summand; };\n"
       "ABI_ASSERT_SIZE(affine_args, 12);\n"},
      // y = x * factor + summand, or a constant for a null x
      {"affine.cl",
       "#include \"abi/affine.h\"\n#define ZERO 0\n"
       "kernel void affine(global const int* x, global int* y, const struct affine_args args) {\n"
       "  const int i = get_global_id(0);\n"
       "  if (i >= args.count) return;\n"
       "  int v = (x ? x[i] : ZERO) * args.factor + args.summand;\n"
       "#ifdef ZCL_INJECT_ELEMENT\n  if (i == 3) v += 1;\n#endif\n"
       "  y[i] = v;\n}\n"
       "kernel void affine_twice(global const int* x, global int* y,\n"
       "                         const struct affine_args args) {\n"
       "  const int i = get_global_id(0);\n"
       "  if (i < args.count) y[i] = (x[i] * args.factor + args.summand) * args.factor\n"
       "                             + args.summand;\n}\n"},
      // Shares the header and a macro's name with affine.cl: both must fit into one program.
      {"reversed.cl",
       "#include \"abi/affine.h\"\n#define ZERO 1\n"
       "kernel void reversed(global const int* x, global int* y,\n"
       "                     const struct affine_args args) {\n"
       "  const int i = get_global_id(0);\n"
       "  if (i < args.count) y[i] = x[args.count - ZERO - i];\n}\n"},
      {"reversed.group.cl",
       "#include \"abi/affine.h\"\n"
       "kernel void reversed_group(global const int* x, global int* y,\n"
       "                           const struct affine_args args) {\n"
       "  local int tile[64];\n"
       "  const int l = get_local_id(0);\n"
       "  tile[l] = x[get_global_id(0)];\n"
       "  barrier(CLK_LOCAL_MEM_FENCE);\n"
       "  y[args.count - 1 - (int)get_global_id(0)] = tile[l];\n}\n"},
      {"broken.cl",
       "#include \"abi/affine.h\"\n"
       "kernel void broken(global int* y, const struct affine_args args) {\n"
       "  y[0] = args.no_such_member;\n}\n"},
      {"needs.vnni.cl",
       "#ifndef ZCL_VNNI\n#error ZCL_VNNI is not defined\n#endif\n"
       "kernel void needs_vnni(global int* y) { y[0] = ZCL_VNNI; }\n"},
      {"needs.wgmma.cl",
       "#include \"abi/affine.h\"\n"
       "kernel void needs_wgmma(global int* y, const struct affine_args args) {\n"
       "  asm volatile(\"//@90a wgmma.fence.sync.aligned;\" ::: \"memory\");\n"
       "  asm volatile(\"//@90a wgmma.commit_group.sync.aligned;\" ::: \"memory\");\n"
       "  asm volatile(\"//@90a wgmma.wait_group.sync.aligned 0;\" ::: \"memory\");\n"
       "  y[get_global_id(0)] = args.factor;\n}\n"},
  };
  return files;
}

// The device that tests run on: $ZEROCL_TEST_DEVICE in the manner of --device, else the default.
inline std::string test_device_spec() {
  const char* value = std::getenv("ZEROCL_TEST_DEVICE");
  return value == nullptr ? "" : value;
}

// Options that read the test kernels, and the canaries with all headers, from a directory which
// lives as long as the process; no program cache.
inline const ContextOptions& test_options() {
  static const TemporaryDirectory directory;
  static const ContextOptions options = [] {
    for (const KernelSource& source : kernel_sources()) {
      const std::string name(source.name);
      if (name.starts_with("canary.") || name.ends_with(".h"))
        write_file(directory.path() / name, std::string(source.text));
    }
    for (const auto& [name, text] : test_kernels()) write_file(directory.path() / name, text);
    ContextOptions made;
    made.kernel_dir = directory.path().string();
    made.cache_dir = "off";
    return made;
  }();
  return options;
}

// A context on the test device, one per test; skips aloud where there is no device.
class DeviceFixture : public testing::Test {
 protected:
  void SetUp() override {
    try {
      device_ = select_device(test_device_spec());
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::no_device) throw;
      GTEST_SKIP() << error.what();
    }
    context_ = Context::create(device_, test_options());
  }

  Device device_;
  std::shared_ptr<Context> context_;
};

// The message of the Error that `action` throws; "no error" when it throws none.
template <class Action>
std::string error_of(Action action) {
  try {
    action();
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

inline bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

// A queue with 64 integers 0, 1, .. in x_, and y_ as large.
class QueueFixture : public DeviceFixture {
 protected:
  void SetUp() override {
    DeviceFixture::SetUp();
    if (IsSkipped()) return;
    x_ = Buffer(*context_, 256);
    y_ = Buffer(*context_, 256);
    queue_.emplace(context_);
    std::vector<std::int32_t> values(64);
    std::iota(values.begin(), values.end(), 0);
    queue_->write(x_, std::span(values));
  }

  Buffer x_, y_;
  std::optional<Queue> queue_;
};

}  // namespace zerocl
