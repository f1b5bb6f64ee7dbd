#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "cl_kernels/abi/quantize_tokens.h"  // quantize_output
#include "host/kernel.h"                     // KernelId
#include "host/ops/types.h"                  // Codes
#include "host/ops/variant.h"                // Variant
#include "host/queue.h"                      // Range
#include "host/tensor.h"                     // Tensor

namespace zerocl::ops {

// What the launchers of row and elementwise operators share: checks that name the operator, and
// the two portable launch shapes. Every check throws Error.

// The kernel to launch. `variant` is a name from the operator's table ("" is the portable CPU
// shape); a default-constructed string_view, which every launcher has as its default, asks for the
// best variant on the queue's device.
KernelId kernel_of(const Queue& queue, std::string_view op, std::span<const Variant> table,
                   std::string_view variant);

// `tensor` is a contiguous f32 matrix [rows, cols] that lies inside its buffer.
void check_f32(std::string_view op, std::string_view name, const Tensor& tensor, std::int64_t rows,
               std::int64_t cols);
// `buffer` holds `count` 4-byte elements (f32 or i32).
void check_vector(std::string_view op, std::string_view name, const BufferView& buffer,
                  std::int64_t count);
// A matrix of codes [rows, cols] in its layout.
void check_code_matrix(std::string_view op, std::string_view name, const CodeMatrix& codes,
                       std::int64_t rows, std::int64_t cols);
// The same with the scales of its groups.
void check_codes(std::string_view op, std::string_view name, const Codes& codes, std::int64_t rows,
                 std::int64_t cols);
// Rows and columns that kernels can count, at least one column.
void check_shape(std::string_view op, const Tensor& x);
// x and y of an elementwise operator: f32, of one shape, fewer than 2^32 elements.
void check_elements(std::string_view op, const Tensor& x, const Tensor& y);
// Two operands that must not be the same buffer.
void check_distinct(std::string_view op, std::string_view a_name, const Tensor& a,
                    std::string_view b_name, const Tensor& b);

// The output side of an operator that ends in quantize_tokens, once check_codes has passed.
quantize_output output_of(const Codes& codes);
// ceil(cols / group).
std::int64_t groups_of(std::int64_t cols, std::int64_t group);

// Whether the variants `warp` can take rows of `cols` elements with a scale for each `group` of
// them (cols: one a row).
bool row_warp_serves(std::int64_t cols, std::int64_t group);
// Which kernel such rows have where the best variant is `warp`: "warp", "warp_wide", or "group" where
// it cannot take them.
std::string_view row_warp_kernel(std::int64_t cols, std::int64_t group);
// kernel_of for operators with kRowVariants, and then row_warp_kernel.
KernelId row_kernel_of(const Queue& queue, std::string_view op, std::string_view variant,
                       std::int64_t cols, std::int64_t group);

struct LaunchShape {
  Range global;
  Range local;
};
// One work-item a row (""), one work-group of `items` a row ("group"), or a warp a row ("warp",
// "warp_wide").
LaunchShape row_shape(const KernelId& kernel, std::int64_t rows, std::size_t items);
// One work-item 1024 elements ("") or one an element in work-groups of 256 ("group").
LaunchShape element_shape(const KernelId& kernel, std::int64_t elements);

}  // namespace zerocl::ops
