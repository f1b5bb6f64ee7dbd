#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "engine/verify/cases/row_case.h"

namespace zerocl {

// Shapes of the grids, for both products. Ragged ones stand around the widths that kernels treat
// apart: 4, 8 and 128 rows; panels of 24 and 32 outputs and tiles of 128; runs of 2, 4 and 16
// inputs, padding to 64, float sums of 1024.
std::vector<LinearDims> linear_dims(CaseGrid grid);
// Shapes of the benchmark: encoder batches, chunks of a prompt, single tokens of real models.
std::vector<LinearDims> linear_bench_dims();

// A case of a product: what describes it.
class LinearCase : public KernelCase {
 public:
  std::string op() const final { return op_; }
  std::string shape() const final { return shape_; }
  double operations() const final;
  double bytes() const final { return bytes_; }

 protected:
  LinearCase(std::string op, std::string shape, const LinearDims& dims, double bytes)
      : op_(std::move(op)), shape_(std::move(shape)), dims_(dims), bytes_(bytes) {}

  const LinearDims& dims() const { return dims_; }

 private:
  std::string op_, shape_;
  LinearDims dims_;
  double bytes_;
};

// A buffer with these bytes.
Buffer upload_bytes(Queue& queue, std::span<const std::byte> bytes);

}  // namespace zerocl
