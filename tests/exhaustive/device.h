#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "host/opencl.h"

namespace zerocl::exhaustive {

// One OpenCL device with sweep.cl built for it, driven through the C API alone: the sweep must not
// depend on the run time whose kernels it vouches for. Everything throws zerocl::Error.
class Device {
 public:
  // `wanted`: a part of the platform's or device's name; empty: the first GPU, else the first
  // device. `defines`: further build options ("-DZCL_INJECT_ORDER").
  Device(const std::string& wanted, const std::string& defines);

  const std::string& name() const { return name_; }

  // Enqueues sweep_<width> over the inputs first, first + stride, ... and the copy to `out`, whose
  // size is a multiple of 16; no wait.
  void sweep(int function, int width, std::uint32_t first, std::uint32_t stride,
             std::span<std::uint32_t> out);
  // The same over a list of inputs; waits.
  void sweep(int function, int width, std::span<const std::uint32_t> inputs,
             std::span<std::uint32_t> out);
  void finish();

  // Sums of a row in one of the shapes (sweep_tree): {sum, sum of squared distances from 1}.
  std::vector<float> tree(int shape, std::span<const float> row);

 private:
  void launch_sweep(int function, int width, cl_mem inputs, std::uint32_t first,
                    std::uint32_t stride, std::span<std::uint32_t> out);
  MemoryHandle buffer(std::size_t bytes);
  KernelHandle kernel(const char* name);

  std::string name_;
  cl_device_id id_ = nullptr;
  ContextHandle context_;
  QueueHandle queue_;
  ProgramHandle program_;
  // By log2 of the width / 4 (1, 8, 16) and by shape.
  KernelHandle sweep_[3], tree_[3];
  // One result buffer a width, so that a copy and the next kernel may overlap.
  MemoryHandle results_[3];
  std::size_t result_bytes_ = 0;
};

}  // namespace zerocl::exhaustive
