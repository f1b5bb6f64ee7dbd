#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "host/queue.h"   // Range
#include "host/tensor.h"  // Tensor

namespace zerocl::ops {

// What the launchers of linear_w8a8 and linear_f32 share. Every check throws Error.

struct LinearShape {
  std::int64_t rows, outputs, inputs;  // M, N, K

  bool operator==(const LinearShape&) const = default;
};

constexpr std::int64_t divide_up(std::int64_t a, std::int64_t b) {
  return (a + b - 1) / b;
}

// M, N and K that kernels can count: M >= 0, N and K from 1, K at most `inputs_limit`.
void check_linear_shape(std::string_view op, const LinearShape& shape, std::int64_t inputs_limit);
// An f32 matrix [rows, cols] inside its buffer, rows `stride` apart.
void check_linear_matrix(std::string_view op, std::string_view name, const Tensor& tensor,
                         std::int64_t rows, std::int64_t cols);
// A weight's buffer of `bytes` or more.
void check_linear_buffer(std::string_view op, std::string_view name, const BufferView& buffer,
                         std::size_t bytes);
// The bias: null, or f32 [N].
void check_linear_bias(std::string_view op, const BufferView& bias, std::int64_t outputs);

struct LinearLaunch {
  std::string variant;  // of the kernel: "", "vnni", "group", "group_few"
  Range global, local;
};

// CPU shapes: a work-item computes 8 rows of `panel` outputs.
LinearLaunch linear_panel_launch(std::string_view variant, const LinearShape& shape,
                                 std::int64_t panel);

// The numbers of the two kernels of a GPU shape (cl_kernels/abi).
struct LinearGroupShape {
  std::int64_t tile, size;                       // <op>_group: tile x tile outputs
  std::int64_t few_rows, few_outputs, few_size;  // <op>_group_few
};
// The one that is faster as far as was measured (tuning.h); else tiles where they are filled and
// enough to occupy the device, and the kernel for few rows, <variant>_few, elsewhere.
LinearLaunch linear_group_launch(std::string_view op, const LinearShape& shape,
                                 const LinearGroupShape& group, const DeviceFacts& facts,
                                 std::string_view variant = "group");

}  // namespace zerocl::ops
