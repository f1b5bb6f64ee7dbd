#include "engine/verify/cases/row_case.h"

#include <cstring>

#include "engine/verify/cases/row_inputs.h"  // special_row_kinds

namespace zerocl {
namespace {

constexpr std::uint32_t kUntouched = 0xa5a5a5a5U;

Buffer allocate(Queue& queue, std::size_t bytes) {
  Buffer buffer(*queue.context(), (bytes + 3) / 4 * 4);
  queue.fill(buffer, kUntouched);
  return buffer;
}

template <class T>
Buffer upload_elements(Queue& queue, std::span<const T> values) {
  Buffer buffer = allocate(queue, values.size_bytes());
  queue.write(buffer, values);
  return buffer;
}

DeviceCodes make_codes(Queue& queue, std::int64_t rows, std::int64_t cols, std::int64_t group,
                       ops::CodesLayout layout, std::int64_t stride) {
  const DType dtype = ops::codes_dtype(layout);
  const std::int64_t groups = (cols + group - 1) / group;
  DeviceCodes made{allocate(queue, ops::codes_bytes(layout, rows, stride)),
                   allocate(queue, tensor_bytes(DType::f32, rows, groups)),
                   {}};
  made.view = {Tensor(made.codes, dtype, rows, cols, stride),
               Tensor(made.scales, DType::f32, rows, groups), group, layout};
  return made;
}

}  // namespace

Buffer upload(Queue& queue, std::span<const float> values) {
  return upload_elements(queue, values);
}

Buffer upload(Queue& queue, std::span<const std::int32_t> values) {
  return upload_elements(queue, values);
}

DeviceF32 upload(Queue& queue, const reference::MatrixF& matrix) {
  Buffer buffer = upload(queue, std::span(matrix.data(), static_cast<std::size_t>(matrix.size())));
  const Tensor tensor(buffer, DType::f32, matrix.rows(), matrix.cols());
  return {std::move(buffer), tensor};
}

DeviceF32 allocate_f32(Queue& queue, std::int64_t rows, std::int64_t cols) {
  Buffer buffer = allocate(queue, tensor_bytes(DType::f32, rows, cols));
  const Tensor tensor(buffer, DType::f32, rows, cols);
  return {std::move(buffer), tensor};
}

Buffer allocate_i32(Queue& queue, std::int64_t count) {
  return allocate(queue, tensor_bytes(DType::i32, count, 1));
}

DeviceCodes allocate_codes(Queue& queue, std::int64_t rows, std::int64_t cols, std::int64_t group,
                           ops::CodesLayout layout) {
  return make_codes(queue, rows, cols, group, layout, ops::codes_stride(layout, cols));
}

DeviceCodes upload(Queue& queue, const reference::Quantized& matrix, ops::CodesLayout layout,
                   std::int64_t stride) {
  const std::int64_t rows = matrix.codes.rows(), cols = matrix.codes.cols();
  DeviceCodes made = make_codes(queue, rows, cols, matrix.group, layout, stride);
  std::vector<std::byte> packed(ops::codes_bytes(layout, rows, stride), std::byte{0xa5});
  for (std::int64_t m = 0; m < rows; ++m)
    for (std::int64_t k = 0; k < cols; ++k)
      ops::store_code(packed.data(), layout, ops::codes_index(layout, m, k, stride),
                      matrix.codes(m, k));
  queue.write(made.codes, std::span(std::as_const(packed)));
  queue.write(made.scales,
              std::span(matrix.scales.data(), static_cast<std::size_t>(matrix.scales.size())));
  return made;
}

HostTensor download(Queue& queue, const std::string& name, const Tensor& f32) {
  HostTensor out = make_host_tensor(name, DType::f32, f32.rows, f32.cols);
  queue.read(f32.buffer, std::span(out.data));
  return out;
}

HostTensor download_i32(Queue& queue, const std::string& name, const Buffer& buffer,
                        std::int64_t rows, std::int64_t cols) {
  HostTensor out = make_host_tensor(name, DType::i32, rows, cols);
  queue.read(buffer, std::span(out.data));
  return out;
}

HostTensor expected(const std::string& name, const reference::MatrixF& matrix) {
  HostTensor out = make_host_tensor(name, DType::f32, matrix.rows(), matrix.cols());
  std::memcpy(out.data.data(), matrix.data(), out.data.size());
  return out;
}

HostTensor expected_i32(const std::string& name, std::span<const std::int32_t> values,
                        std::int64_t rows, std::int64_t cols) {
  HostTensor out = make_host_tensor(name, DType::i32, rows, cols);
  std::memcpy(out.data.data(), values.data(), values.size_bytes());
  return out;
}

void download(Queue& queue, const std::string& name, const ops::Codes& codes,
              std::vector<HostTensor>& out) {
  const Tensor& q = codes.codes;
  std::vector<std::byte> packed(ops::codes_bytes(codes.layout, q.rows, q.stride));
  queue.read(q.buffer, std::span(packed));
  HostTensor values = make_host_tensor(name, DType::i8, q.rows, q.cols);
  HostTensor padding = make_host_tensor(name + ".padding", DType::i8, q.rows, q.stride - q.cols);
  for (std::int64_t m = 0; m < q.rows; ++m)
    for (std::int64_t k = 0; k < q.stride; ++k) {
      const std::int8_t code = ops::load_code_i8(
          packed.data(), codes.layout, ops::codes_index(codes.layout, m, k, q.stride));
      if (k < q.cols)
        elements<std::int8_t>(values)[m * q.cols + k] = code;
      else
        elements<std::int8_t>(padding)[m * padding.cols + k - q.cols] = code;
    }
  out.push_back(std::move(values));
  out.push_back(download(queue, name + ".scale", codes.scales));
  out.push_back(std::move(padding));
}

void expected(const std::string& name, const reference::Quantized& codes, ops::CodesLayout layout,
              std::vector<HostTensor>& out) {
  const std::int64_t rows = codes.codes.rows(), cols = codes.codes.cols();
  HostTensor values = make_host_tensor(name, DType::i8, rows, cols);
  std::memcpy(values.data.data(), codes.codes.data(), values.data.size());
  out.push_back(std::move(values));
  out.push_back(expected(name + ".scale", codes.scales));
  out.push_back(make_host_tensor(name + ".padding", DType::i8, rows,
                                 ops::codes_stride(layout, cols) - cols));
}

double f32_bytes(std::int64_t rows, std::int64_t cols) {
  return 4.0 * static_cast<double>(rows) * static_cast<double>(cols);
}

double code_matrix_bytes(std::int64_t rows, std::int64_t cols, std::int64_t group) {
  return static_cast<double>(rows) * static_cast<double>(cols) +
         f32_bytes(rows, (cols + group - 1) / group);
}

std::string layout_name(ops::CodesLayout layout) {
  return std::string(dtype_name(ops::codes_dtype(layout)));
}

std::vector<std::string> variant_names(std::span<const Variant> table) {
  std::vector<std::string> names;
  for (const Variant& variant : table) names.emplace_back(variant.name);
  return names;
}

std::vector<RowShape> row_shapes(CaseGrid grid) {
  std::vector<RowShape> shapes;
  for (const std::int64_t cols : {1,  2,  3,   5,   7,   8,   15,  16,  17,  31,   33,  63,
                                  64, 65, 127, 129, 255, 256, 257, 264, 300, 768, 1032, 2048, 4095, 4097})
    shapes.push_back({cols < 64 ? 3 : 2, cols});
  if (grid == CaseGrid::quick) return shapes;
  for (const std::int64_t cols : {384, 511, 513, 1023, 1024, 1100, 3072, 4096, 5000, 8192})
    shapes.push_back({67, cols});
  shapes.push_back({513, 129});
  shapes.push_back({128, 768});
  return shapes;
}

std::vector<RowShape> special_shapes(CaseGrid grid) {
  std::vector<RowShape> shapes;
  for (const std::int64_t cols : {1, 3, 17, 64, 129, 300})
    shapes.push_back({special_row_kinds(), cols});
  if (grid == CaseGrid::full)
    for (const std::int64_t cols : {2, 8, 256, 1000, 4500})
      shapes.push_back({2 * special_row_kinds(), cols});
  return shapes;
}

std::vector<RowShape> bench_shapes(bool wide) {
  std::vector<RowShape> shapes;
  for (const std::int64_t rows : {1, 128, 2048, 16384}) {
    if (wide) {
      for (const std::int64_t cols : {1536, 3072, 4096}) shapes.push_back({rows, cols});
    } else {
      for (const std::int64_t cols : {384, 768, 1024}) shapes.push_back({rows, cols});
    }
  }
  return shapes;
}

std::vector<std::int64_t> group_sizes(std::int64_t cols, CaseGrid grid) {
  std::vector<std::int64_t> sizes = {cols};
  for (const std::int64_t size : {1, 7, 16, 48, 64, 128, 256, 300})
    if (size < cols && (grid == CaseGrid::full || size % 16 == 0 || cols < 100))
      sizes.push_back(size);
  return sizes;
}

ops::CodesLayout layout_of_case(std::size_t index) {
  constexpr ops::CodesLayout layouts[] = {ops::CodesLayout::i8, ops::CodesLayout::i16,
                                          ops::CodesLayout::u8, ops::CodesLayout::tiles};
  return layouts[index % std::size(layouts)];
}

}  // namespace zerocl
