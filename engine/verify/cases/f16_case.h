#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/verify/kernel_case.h"
#include "host/ops/f16_matrix.h"
#include "reference/f16.h"

namespace zerocl {

// A matrix of f16 on the device with the view that launchers take. What is allocated is filled with
// a pattern that no result has, so that an element which a kernel leaves out shows.
struct DeviceF16 {
  Buffer buffer;
  ops::F16Matrix view;
};
// The padding of tiles holds zeros, as producers leave it; rows past the last hold NaN.
DeviceF16 upload_f16(Queue& queue, const reference::MatrixF16& matrix, ops::F16Layout layout);
DeviceF16 allocate_f16(Queue& queue, std::int64_t rows, std::int64_t cols, ops::F16Layout layout);
Buffer upload(Queue& queue, std::span<const std::uint16_t> values);

// What a device wrote, and what it should have written: NAME, and NAME.padding, which is all zeros
// and as wide as the layout has it.
void download_f16(Queue& queue, const std::string& name, const ops::F16Matrix& matrix,
                  std::vector<HostTensor>& out);
void expected_f16(const std::string& name, const reference::MatrixF16& matrix,
                  ops::F16Layout layout, std::vector<HostTensor>& out);

double f16_matrix_bytes(std::int64_t rows, std::int64_t cols);
const char* layout_name(ops::F16Layout layout);
// Layouts in turn.
ops::F16Layout f16_layout_of_case(std::size_t index);

}  // namespace zerocl
