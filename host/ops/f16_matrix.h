#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "cl_kernels/abi/f16_layouts.h"  // F16_*
#include "host/buffer.h"                 // BufferView
#include "host/tensor.h"                 // Tensor

namespace zerocl::ops {

// How a matrix of f16 activations lies on the device (cl_kernels/abi/f16_layouts.h).
enum class F16Layout : std::int32_t { rows = F16_ROWS, tiles = F16_TILES };

// A matrix of f16 [rows, cols] on the device.
struct F16Matrix {
  BufferView buffer;
  std::int64_t rows = 0, cols = 0;
  F16Layout layout = F16Layout::rows;

  std::int64_t stride() const {
    return F16_STRIDE(static_cast<std::int32_t>(layout), cols);  // halves of a row with padding
  }
  f16_matrix args() const { return {static_cast<abi_int>(layout), static_cast<abi_int>(stride())}; }
};

// Bytes of a matrix: whole tiles of rows where it lies in tiles.
std::size_t f16_bytes(F16Layout layout, std::int64_t rows, std::int64_t cols);
// Where element (m, k) lies, in halves; k may be in the padding.
std::size_t f16_index(F16Layout layout, std::int64_t m, std::int64_t k, std::int64_t cols);

// `matrix` is f16 [rows, cols] and lies inside its buffer. Throws Error naming `op` and `name`.
void check_f16(std::string_view op, std::string_view name, const F16Matrix& matrix,
               std::int64_t rows, std::int64_t cols);
// The same, row-major.
void check_f16_rows(std::string_view op, std::string_view name, const F16Matrix& matrix,
                    std::int64_t rows, std::int64_t cols);
// Throws Error where two matrices share their buffer.
void check_f16_distinct(std::string_view op, std::string_view a_name, const F16Matrix& a,
                        std::string_view b_name, const F16Matrix& b);
void check_f16_distinct(std::string_view op, std::string_view a_name, const Tensor& a,
                        std::string_view b_name, const F16Matrix& b);

}  // namespace zerocl::ops
