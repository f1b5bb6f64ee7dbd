#include "host/ops/mean_pool.h"

#include <fmt/format.h>

#include "cl_kernels/abi/mean_pool.h"
#include "host/error.h"
#include "host/ops/launch.h"

namespace zerocl::ops {
namespace {

constexpr std::string_view kOp = "mean_pool";
constexpr std::int64_t kColumnsPerItem = 64;  // of the CPU shape
constexpr std::int64_t kGroup = 64;           // work-items of the GPU shape, a column each

void check_sequences(const Sequences& sequences, const Tensor& x) {
  for (std::size_t s = 0; s < sequences.host.size(); ++s) {
    const sequence_entry& entry = sequences.host[s];
    if (entry.row < 0 || entry.length < 1 || entry.row > x.rows - entry.length)
      throw Error(fmt::format("{}: sequence {} is rows {} to {} of {}", kOp, s, entry.row,
                              std::int64_t{entry.row} + entry.length, x.rows));
  }
  if (sequences.entries.bytes / sizeof(sequence_entry) < sequences.host.size())
    throw Error(fmt::format("{}: the table of {} sequences has {} bytes", kOp,
                            sequences.host.size(), sequences.entries.bytes));
}

}  // namespace

void mean_pool(Queue& queue, const Tensor& x, const Sequences& sequences, const Tensor& y,
               std::string_view variant) {
  check_shape(kOp, x);
  check_f32(kOp, "x", x, x.rows, x.cols);
  check_f32(kOp, "y", y, static_cast<std::int64_t>(sequences.host.size()), x.cols);
  check_distinct(kOp, "x", x, "y", y);
  check_sequences(sequences, x);
  const mean_pool_args args{
      .sequences = static_cast<abi_int>(y.rows),
      .cols = static_cast<abi_int>(x.cols),
  };
  const KernelId kernel = kernel_of(queue, kOp, kPortableVariants, variant);
  const bool group = kernel.variant == "group";
  const auto local = static_cast<std::size_t>(group ? kGroup : 1);
  const auto columns = static_cast<std::size_t>(groups_of(x.cols, kColumnsPerItem)) *
                       static_cast<std::size_t>(group ? kGroup : 1);
  queue.launch(kernel, {columns, static_cast<std::size_t>(y.rows), 1}, {local, 1, 1},
               {x.buffer, sequences.entries, y.buffer}, args);
}

}  // namespace zerocl::ops
