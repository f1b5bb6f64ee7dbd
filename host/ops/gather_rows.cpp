#include "host/ops/gather_rows.h"

#include <fmt/format.h>

#include "host/error.h"
#include "host/ops/launch.h"

namespace zerocl::ops {
namespace {

constexpr std::string_view kOp = "gather_rows";

}  // namespace

void GatherRows::add(BufferView x, BufferView y, F16Layout layout, std::int64_t halves) {
  if (count_ == GATHER_MATRICES)
    throw Error(fmt::format("{}: more than {} matrices", kOp, GATHER_MATRICES));
  constexpr std::int64_t kMost = std::int64_t{1} << 30;  // kernels count them in an int
  if (halves > kMost)
    throw Error(fmt::format("{}: rows of {} bytes; expected up to {}", kOp, 2 * halves, 2 * kMost));
  x_[count_] = x;
  y_[count_] = y;
  matrices_[count_++] = {static_cast<abi_int>(layout), static_cast<abi_int>(halves)};
}

void GatherRows::add(const Tensor& x, const Tensor& y) {
  check_shape(kOp, x);
  check_f32(kOp, "x", x, x.rows, x.cols);
  check_shape(kOp, y);
  check_f32(kOp, "y", y, rows_, x.cols);
  check_distinct(kOp, "x", x, "y", y);
  add(x.buffer, y.buffer, F16Layout::rows, 2 * x.cols);
}

void GatherRows::add(const F16Matrix& x, const F16Matrix& y) {
  check_f16(kOp, "x", x, x.rows, x.cols);
  check_f16(kOp, "y", y, rows_, x.cols);
  check_f16_distinct(kOp, "x", x, "y", y);
  if (x.layout != y.layout) throw Error(fmt::format("{}: x and y of two layouts", kOp));
  add(x.buffer, y.buffer, x.layout, x.stride());
}

void GatherRows::add(const Codes& x, const Codes& y) {
  check_codes(kOp, "x", x, x.codes.rows, x.codes.cols);
  check_codes(kOp, "y", y, rows_, x.codes.cols);
  check_distinct(kOp, "x", x.codes, "y", y.codes);
  if (x.layout != y.layout || x.group != y.group || x.codes.stride != y.codes.stride)
    throw Error(fmt::format("{}: x and y of two layouts, groups or strides", kOp));
  const auto bytes = static_cast<std::int64_t>(dtype_bytes(x.codes.dtype)) * x.codes.stride;
  if (bytes % 2 != 0)
    throw Error(fmt::format("{}: rows of {} bytes; expected an even number", kOp, bytes));
  add(x.codes.buffer, y.codes.buffer,
      x.layout == CodesLayout::tiles ? F16Layout::tiles : F16Layout::rows, bytes / 2);
  add(x.scales, y.scales);
}

void GatherRows::launch(Queue& queue, std::string_view variant) const {
  check_vector(kOp, "index", index_, rows_);
  gather_rows_args args{.rows = static_cast<abi_int>(rows_), .matrices = {}};
  for (int i = 0; i < GATHER_MATRICES; ++i) args.matrices[i] = matrices_[i];
  const KernelId kernel = kernel_of(queue, kOp, kPortableVariants, variant);
  const LaunchShape shape = row_shape(kernel, rows_, 128);
  queue.launch(kernel, shape.global, shape.local,
               {index_, x_[0], x_[1], x_[2], y_[0], y_[1], y_[2]}, args);
}

}  // namespace zerocl::ops
