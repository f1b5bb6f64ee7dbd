#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "engine/graph/host_tensor.h"  // HostTensor
#include "host/queue.h"                // Queue

namespace zerocl {

// One problem for one operator: shapes, seeded inputs, how to run it on a device and in the
// reference, what it costs. Tests, `verify --kernels` and the benchmark all iterate over these.
class KernelCase {
 public:
  virtual ~KernelCase() = default;

  virtual std::string op() const = 0;     // operator, e.g. "linear_w8a8"
  virtual std::string shape() const = 0;  // e.g. "M=7 N=33 K=65 bias"
  virtual double operations() const = 0;  // 2 per multiply-add; 0 where bytes decide
  virtual double bytes()
      const = 0;  // least traffic: each input read once, each output written once

  // Whether a variant can run this problem at all.
  virtual bool serves(const std::string& /*variant*/) const { return true; }

  // The reference's outputs, computed once from the same inputs.
  virtual std::vector<HostTensor> reference() const = 0;
  // Uploads the inputs in the layout that `variant` reads. Must precede launch.
  virtual void prepare(Queue& queue, const std::string& variant) = 0;
  // Enqueues the operator once (no wait): what the benchmark times.
  virtual void launch(Queue& queue) = 0;
  // Reads the outputs back as logical tensors, same names and order as reference().
  virtual std::vector<HostTensor> outputs(Queue& queue) = 0;
};

using KernelCases = std::vector<std::unique_ptr<KernelCase>>;

// Which grid: `quick` tiny and ragged shapes, special values (CI, Oclgrind); `full` adds larger and
// random ones (verify --kernels); `bench` the shapes that are timed (no special values).
enum class CaseGrid { quick, full, bench };

// M rows of K inputs to N outputs.
struct LinearDims {
  std::int64_t rows = 0, outputs = 0, inputs = 0;
};

// What is known of an operator: its cases and the variants that exist, best first.
struct KernelFamily {
  std::string op;
  std::vector<std::string> (*variants)();  // "" is the portable CPU shape
  KernelCases (*cases)(CaseGrid);
  // Products: the problems of these dimensions that models have, random; none where no model has
  // such a product for this operator. nullptr: the operator is no product.
  KernelCases (*products)(const LinearDims&) = nullptr;
};
// Every operator, in the order of NUMERICS.md. (engine/verify/kernel_families.cpp)
const std::vector<KernelFamily>& kernel_families();

}  // namespace zerocl
