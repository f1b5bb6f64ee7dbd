#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/verify/kernel_case.h"
#include "host/ops/codes.h"  // codes_stride
#include "host/ops/types.h"  // Codes
#include "host/ops/variant.h"
#include "reference/matrix.h"

namespace zerocl {

// A case of an operator on rows or elements: what describes it.
class RowCase : public KernelCase {
 public:
  std::string op() const final { return op_; }
  std::string shape() const final { return shape_; }
  double operations() const final { return 0; }  // memory decides
  double bytes() const final { return bytes_; }

 protected:
  RowCase(std::string op, std::string shape, double bytes)
      : op_(std::move(op)), shape_(std::move(shape)), bytes_(bytes) {}

 private:
  std::string op_, shape_;
  double bytes_;
};

// Device buffers with the views that launchers take. What is allocated is filled with a pattern
// that no result has, so that an element which a kernel leaves out shows.
struct DeviceF32 {
  Buffer buffer;
  Tensor tensor;
};
DeviceF32 upload(Queue& queue, const reference::MatrixF& matrix);
DeviceF32 allocate_f32(Queue& queue, std::int64_t rows, std::int64_t cols);
Buffer upload(Queue& queue, std::span<const float> values);
Buffer upload(Queue& queue, std::span<const std::int32_t> values);
Buffer allocate_i32(Queue& queue, std::int64_t count);

struct DeviceCodes {
  Buffer codes, scales;
  ops::Codes view;
};
// Rows ops::codes_stride elements apart.
DeviceCodes allocate_codes(Queue& queue, std::int64_t rows, std::int64_t cols, std::int64_t group,
                           ops::CodesLayout layout);
// Rows `stride` elements apart; the padding holds the pattern.
DeviceCodes upload(Queue& queue, const reference::Quantized& matrix, ops::CodesLayout layout,
                   std::int64_t stride);

// What a device wrote, and what it should have written, in the same form.
HostTensor download(Queue& queue, const std::string& name, const Tensor& f32);
HostTensor download_i32(Queue& queue, const std::string& name, const Buffer& buffer,
                        std::int64_t rows, std::int64_t cols);
HostTensor expected(const std::string& name, const reference::MatrixF& matrix);
HostTensor expected_i32(const std::string& name, std::span<const std::int32_t> values,
                        std::int64_t rows, std::int64_t cols);
// Codes become three tensors: NAME (i8), NAME.scale, and NAME.padding (i8), which is all 0.
void download(Queue& queue, const std::string& name, const ops::Codes& codes,
              std::vector<HostTensor>& out);
// The padding is as wide as `layout` has it.
void expected(const std::string& name, const reference::Quantized& codes, ops::CodesLayout layout,
              std::vector<HostTensor>& out);

// Bytes of a matrix and of its codes, for KernelCase::bytes().
double f32_bytes(std::int64_t rows, std::int64_t cols);
double code_matrix_bytes(std::int64_t rows, std::int64_t cols, std::int64_t group);

std::string layout_name(ops::CodesLayout layout);
// The names of a variant table.
std::vector<std::string> variant_names(std::span<const Variant> table);
inline std::vector<std::string> row_variant_names() {
  return variant_names(kRowVariants);
}
inline std::vector<std::string> portable_variant_names() {
  return variant_names(kPortableVariants);
}

// Shapes of the grids. Ragged ones around the widths that kernels treat apart: 16 (vectors), 64
// (padding), 256 (lanes), 4096 (registers of a work-group).
struct RowShape {
  std::int64_t rows = 0, cols = 0;
};
std::vector<RowShape> row_shapes(CaseGrid grid);
// Rows of every special kind.
std::vector<RowShape> special_shapes(CaseGrid grid);
// Shapes of the benchmark: tokens of a batch by hidden (`wide`: inner) sizes of real models.
std::vector<RowShape> bench_shapes(bool wide);
// Group sizes to try for K inputs: K itself, then widths around those that kernels treat apart.
std::vector<std::int64_t> group_sizes(std::int64_t cols, CaseGrid grid);
// Layouts in turn, so that all three meet all kinds of shapes.
ops::CodesLayout layout_of_case(std::size_t index);

}  // namespace zerocl
