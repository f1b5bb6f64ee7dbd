#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "host/buffer.h"

namespace zerocl {

enum class DType { f32, f16, bf16, i8, u8, i16, i32 };

// Bytes of one element.
constexpr std::size_t dtype_bytes(DType dtype) {
  switch (dtype) {
    case DType::f32:
    case DType::i32:
      return 4;
    case DType::f16:
    case DType::bf16:
    case DType::i16:
      return 2;
    case DType::i8:
    case DType::u8:
      return 1;
  }
  return 0;
}

constexpr std::string_view dtype_name(DType dtype) {
  switch (dtype) {
    case DType::f32:
      return "f32";
    case DType::f16:
      return "f16";
    case DType::bf16:
      return "bf16";
    case DType::i8:
      return "i8";
    case DType::u8:
      return "u8";
    case DType::i16:
      return "i16";
    case DType::i32:
      return "i32";
  }
  return "?";
}

// A row-major matrix in device memory, or a vector (rows = 1). Owns nothing. The layout of packed
// operands (cl_kernels/abi/layouts.h) is not described here: they are plain BufferViews.
struct Tensor {
  BufferView buffer;
  DType dtype = DType::f32;
  std::int64_t rows = 0;
  std::int64_t cols = 0;
  std::int64_t stride = 0;  // elements from one row to the next, >= cols

  Tensor() = default;
  Tensor(BufferView view, DType type, std::int64_t row_count, std::int64_t column_count)
      : Tensor(view, type, row_count, column_count, column_count) {}
  Tensor(BufferView view, DType type, std::int64_t row_count, std::int64_t column_count,
         std::int64_t row_stride)
      : buffer(view), dtype(type), rows(row_count), cols(column_count), stride(row_stride) {}

  std::int64_t elements() const { return rows * cols; }
  bool contiguous() const { return stride == cols || rows <= 1; }
  // Bytes from the first element to the end of the last row; 0 for an empty tensor.
  std::size_t span_bytes() const {
    if (rows == 0 || cols == 0) return 0;
    return static_cast<std::size_t>((rows - 1) * stride + cols) * dtype_bytes(dtype);
  }
  // True when rows, cols and stride make sense and the buffer holds all of it.
  bool fits() const {
    return rows >= 0 && cols >= 0 && stride >= cols && span_bytes() <= buffer.bytes;
  }
};

// Bytes of a contiguous rows x cols tensor.
constexpr std::size_t tensor_bytes(DType dtype, std::int64_t rows, std::int64_t cols) {
  return static_cast<std::size_t>(rows) * static_cast<std::size_t>(cols) * dtype_bytes(dtype);
}

}  // namespace zerocl
