#include "tests/exhaustive/device.h"

#include <cctype>
#include <fstream>
#include <set>
#include <sstream>

#include "host/error.h"
#include "tests/exhaustive/sweep_functions.h"

namespace zerocl::exhaustive {
namespace {

constexpr int widths[3] = {1, 8, 16};

void check(const char* call, cl_int status) {
  if (status != CL_SUCCESS)
    throw Error(std::string(call) + ": OpenCL error " + std::to_string(status));
}

template <class Id>
std::string text_of(cl_int(CL_API_CALL* query)(Id, cl_uint, std::size_t, void*, std::size_t*),
                    Id id, cl_uint what) {
  std::size_t bytes = 0;
  check("query", query(id, what, 0, nullptr, &bytes));
  std::string text(bytes, '\0');
  check("query", query(id, what, bytes, text.data(), nullptr));
  return text.c_str();
}

struct Choice {
  cl_platform_id platform;
  cl_device_id device;
  std::string name;
  bool gpu;
};

std::vector<Choice> all_devices() {
  std::vector<Choice> all;
  cl_platform_id platforms[16];
  cl_uint platform_count = 0;
  if (clGetPlatformIDs(16, platforms, &platform_count) != CL_SUCCESS) return all;
  for (cl_uint p = 0; p < platform_count && p < 16; ++p) {
    cl_device_id devices[16];
    cl_uint device_count = 0;
    if (clGetDeviceIDs(platforms[p], CL_DEVICE_TYPE_ALL, 16, devices, &device_count) != CL_SUCCESS)
      continue;
    for (cl_uint d = 0; d < device_count && d < 16; ++d) {
      cl_device_type type = 0;
      check("clGetDeviceInfo",
            clGetDeviceInfo(devices[d], CL_DEVICE_TYPE, sizeof type, &type, nullptr));
      all.push_back({platforms[p], devices[d],
                     text_of(clGetPlatformInfo, platforms[p], CL_PLATFORM_NAME) + ", " +
                         text_of(clGetDeviceInfo, devices[d], CL_DEVICE_NAME),
                     (type & CL_DEVICE_TYPE_GPU) != 0});
    }
  }
  return all;
}

std::string lower(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

Choice choose(const std::string& wanted) {
  const std::vector<Choice> all = all_devices();
  const Choice* best = nullptr;
  std::string names;
  for (const Choice& choice : all) {
    names += "\n  " + choice.name;
    if (lower(choice.name).find(lower(wanted)) == std::string::npos) continue;
    if (best == nullptr || (choice.gpu && !best->gpu)) best = &choice;
  }
  if (best == nullptr)
    throw Error("no device fits '" + wanted + "'; there are:" + names, ErrorKind::no_device);
  return *best;
}

// Inlines `#include "..."`, each file once. Not -I: drivers that cache builds by the main text
// alone would miss a change in a header.
void flatten(const std::string& file, std::set<std::string>& done, std::ostream& out) {
  if (!done.insert(file).second) return;
  const std::string root = ZEROCL_SOURCE_DIR;
  std::ifstream in(root + "/cl_kernels/" + file);
  if (!in) in.open(root + "/tests/exhaustive/" + file);
  if (!in) throw Error("cannot read " + file + " below " + root);
  for (std::string line; std::getline(in, line);) {
    const std::string include = "#include \"";
    if (line.rfind(include, 0) == 0) {
      flatten(line.substr(include.size(), line.rfind('"') - include.size()), done, out);
    } else if (line != "#pragma once") {
      out << line << '\n';
    }
  }
}

}  // namespace

Device::Device(const std::string& wanted, const std::string& defines) {
  const Choice choice = choose(wanted);
  name_ = choice.name;
  id_ = choice.device;
  cl_int status = CL_SUCCESS;
  const cl_context_properties properties[] = {
      CL_CONTEXT_PLATFORM, reinterpret_cast<cl_context_properties>(choice.platform), 0};
  context_ = ContextHandle(clCreateContext(properties, 1, &id_, nullptr, nullptr, &status));
  check("clCreateContext", status);
  queue_ = QueueHandle(clCreateCommandQueue(context_.get(), id_, 0, &status));
  check("clCreateCommandQueue", status);

  std::ostringstream text;
  std::set<std::string> done;
  flatten("sweep.cl", done, text);
  const std::string source = text.str();
  const char* pointer = source.c_str();
  program_ =
      ProgramHandle(clCreateProgramWithSource(context_.get(), 1, &pointer, nullptr, &status));
  check("clCreateProgramWithSource", status);
  const std::string options = "-cl-std=CL1.2 -cl-fp32-correctly-rounded-divide-sqrt " + defines;
  if (clBuildProgram(program_.get(), 1, &id_, options.c_str(), nullptr, nullptr) != CL_SUCCESS) {
    std::size_t bytes = 0;
    clGetProgramBuildInfo(program_.get(), id_, CL_PROGRAM_BUILD_LOG, 0, nullptr, &bytes);
    std::string log(bytes, '\0');
    clGetProgramBuildInfo(program_.get(), id_, CL_PROGRAM_BUILD_LOG, bytes, log.data(), nullptr);
    throw Error("sweep.cl does not build on " + name_ + ":\n" + log);
  }
  const char* const sweeps[3] = {"sweep_1", "sweep_8", "sweep_16"};
  const char* const trees[3] = {"tree_row", "tree_items_256", "tree_items_32"};
  for (int i = 0; i < 3; ++i) {
    sweep_[i] = kernel(sweeps[i]);
    tree_[i] = kernel(trees[i]);
  }
}

KernelHandle Device::kernel(const char* name) {
  cl_int status = CL_SUCCESS;
  KernelHandle handle(clCreateKernel(program_.get(), name, &status));
  check(name, status);
  return handle;
}

MemoryHandle Device::buffer(std::size_t bytes) {
  cl_int status = CL_SUCCESS;
  MemoryHandle handle(clCreateBuffer(context_.get(), CL_MEM_READ_WRITE, bytes, nullptr, &status));
  check("clCreateBuffer", status);
  return handle;
}

void Device::launch_sweep(int function, int width, cl_mem inputs, std::uint32_t first,
                          std::uint32_t stride, std::span<std::uint32_t> out) {
  if (out.size_bytes() > result_bytes_) {
    for (MemoryHandle& results : results_) results = buffer(out.size_bytes());
    result_bytes_ = out.size_bytes();
  }
  const int slot = width == 1 ? 0 : width == 8 ? 1 : 2;
  cl_kernel k = sweep_[slot].get();
  cl_mem results = results_[slot].get();
  const int listed = inputs != nullptr;
  check("clSetKernelArg",
        clSetKernelArg(k, 0, sizeof inputs, inputs != nullptr ? &inputs : nullptr));
  check("clSetKernelArg", clSetKernelArg(k, 1, sizeof results, &results));
  check("clSetKernelArg", clSetKernelArg(k, 2, sizeof function, &function));
  check("clSetKernelArg", clSetKernelArg(k, 3, sizeof listed, &listed));
  check("clSetKernelArg", clSetKernelArg(k, 4, sizeof first, &first));
  check("clSetKernelArg", clSetKernelArg(k, 5, sizeof stride, &stride));
  const std::size_t global = out.size() / static_cast<std::size_t>(widths[slot]);
  check("clEnqueueNDRangeKernel",
        clEnqueueNDRangeKernel(queue_.get(), k, 1, nullptr, &global, nullptr, 0, nullptr, nullptr));
  check("clEnqueueReadBuffer",
        clEnqueueReadBuffer(queue_.get(), results, CL_FALSE, 0, out.size_bytes(), out.data(), 0,
                            nullptr, nullptr));
}

void Device::sweep(int function, int width, std::uint32_t first, std::uint32_t stride,
                   std::span<std::uint32_t> out) {
  launch_sweep(function, width, nullptr, first, stride, out);
}

void Device::sweep(int function, int width, std::span<const std::uint32_t> inputs,
                   std::span<std::uint32_t> out) {
  const MemoryHandle list = buffer(inputs.size_bytes());
  check("clEnqueueWriteBuffer",
        clEnqueueWriteBuffer(queue_.get(), list.get(), CL_TRUE, 0, inputs.size_bytes(),
                             inputs.data(), 0, nullptr, nullptr));
  launch_sweep(function, width, list.get(), 0, 0, out);
  finish();
}

void Device::finish() {
  check("clFinish", clFinish(queue_.get()));
}

std::vector<float> Device::tree(int shape, std::span<const float> row) {
  const MemoryHandle x = buffer(SWEEP_ROW_LIMIT * sizeof(float));
  const MemoryHandle y = buffer(2 * sizeof(float));
  if (!row.empty()) {
    check("clEnqueueWriteBuffer",
          clEnqueueWriteBuffer(queue_.get(), x.get(), CL_TRUE, 0, row.size_bytes(), row.data(), 0,
                               nullptr, nullptr));
  }
  cl_kernel k = tree_[shape].get();
  cl_mem in = x.get(), out = y.get();
  const int n = static_cast<int>(row.size());
  check("clSetKernelArg", clSetKernelArg(k, 0, sizeof in, &in));
  check("clSetKernelArg", clSetKernelArg(k, 1, sizeof out, &out));
  check("clSetKernelArg", clSetKernelArg(k, 2, sizeof n, &n));
  const std::size_t items = shape == sweep_tree_row ? 1 : shape == sweep_tree_items_256 ? 256 : 32;
  check("clEnqueueNDRangeKernel",
        clEnqueueNDRangeKernel(queue_.get(), k, 1, nullptr, &items, &items, 0, nullptr, nullptr));
  std::vector<float> sums(2);
  check("clEnqueueReadBuffer", clEnqueueReadBuffer(queue_.get(), out, CL_TRUE, 0, sizeof(float) * 2,
                                                   sums.data(), 0, nullptr, nullptr));
  return sums;
}

}  // namespace zerocl::exhaustive
