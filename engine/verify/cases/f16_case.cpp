#include "engine/verify/cases/f16_case.h"

#include <cstring>

namespace zerocl {
namespace {

constexpr std::uint32_t kUntouched = 0xa5a5a5a5U;
constexpr std::uint16_t kNan = 0x7e00;

Buffer allocate(Queue& queue, std::size_t bytes) {
  Buffer buffer(*queue.context(), (bytes + 3) / 4 * 4);
  queue.fill(buffer, kUntouched);
  return buffer;
}

DeviceF16 make(Queue& queue, std::int64_t rows, std::int64_t cols, ops::F16Layout layout) {
  DeviceF16 made{allocate(queue, ops::f16_bytes(layout, rows, cols)), {}};
  made.view = {made.buffer, rows, cols, layout};
  return made;
}

}  // namespace

Buffer upload(Queue& queue, std::span<const std::uint16_t> values) {
  Buffer buffer = allocate(queue, values.size_bytes());
  queue.write(buffer, values);
  return buffer;
}

DeviceF16 upload_f16(Queue& queue, const reference::MatrixF16& matrix, ops::F16Layout layout) {
  DeviceF16 made = make(queue, matrix.rows(), matrix.cols(), layout);
  std::vector<std::uint16_t> packed(ops::f16_bytes(layout, matrix.rows(), matrix.cols()) / 2, kNan);
  for (std::int64_t m = 0; m < matrix.rows(); ++m)
    for (std::int64_t k = 0; k < made.view.stride(); ++k)
      packed[ops::f16_index(layout, m, k, matrix.cols())] =
          k < matrix.cols() ? matrix(m, k) : std::uint16_t{0};
  queue.write(made.buffer, std::span(packed));
  return made;
}

DeviceF16 allocate_f16(Queue& queue, std::int64_t rows, std::int64_t cols, ops::F16Layout layout) {
  return make(queue, rows, cols, layout);
}

void download_f16(Queue& queue, const std::string& name, const ops::F16Matrix& matrix,
                  std::vector<HostTensor>& out) {
  const std::int64_t rows = matrix.rows, cols = matrix.cols, padding = matrix.stride() - cols;
  std::vector<std::uint16_t> packed(ops::f16_bytes(matrix.layout, rows, cols) / 2);
  queue.read(matrix.buffer, std::span(packed));
  HostTensor values = make_host_tensor(name, DType::f16, rows, cols);
  HostTensor rest = make_host_tensor(name + ".padding", DType::f16, rows, padding);
  for (std::int64_t m = 0; m < rows; ++m)
    for (std::int64_t k = 0; k < matrix.stride(); ++k) {
      const std::uint16_t bits = packed[ops::f16_index(matrix.layout, m, k, cols)];
      if (k < cols)
        elements<std::uint16_t>(values)[m * cols + k] = bits;
      else
        elements<std::uint16_t>(rest)[m * padding + k - cols] = bits;
    }
  out.push_back(std::move(values));
  out.push_back(std::move(rest));
}

void expected_f16(const std::string& name, const reference::MatrixF16& matrix,
                  ops::F16Layout layout, std::vector<HostTensor>& out) {
  const std::int64_t rows = matrix.rows(), cols = matrix.cols();
  HostTensor values = make_host_tensor(name, DType::f16, rows, cols);
  std::memcpy(values.data.data(), matrix.data(), values.data.size());
  out.push_back(std::move(values));
  const std::int64_t stride = F16_STRIDE(static_cast<std::int32_t>(layout), cols);
  out.push_back(make_host_tensor(name + ".padding", DType::f16, rows, stride - cols));
}

double f16_matrix_bytes(std::int64_t rows, std::int64_t cols) {
  return 2.0 * static_cast<double>(rows) * static_cast<double>(cols);
}

const char* layout_name(ops::F16Layout layout) {
  return layout == ops::F16Layout::tiles ? "tiles" : "rows";
}

ops::F16Layout f16_layout_of_case(std::size_t index) {
  return index % 2 == 0 ? ops::F16Layout::rows : ops::F16Layout::tiles;
}

}  // namespace zerocl
