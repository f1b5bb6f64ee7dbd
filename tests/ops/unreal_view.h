#pragma once

#include <cstdint>

#include "host/buffer.h"

namespace zerocl::ops::testing {

// Buffers that exist for a test's eyes alone: nothing runs with them.
inline BufferView view(std::uint64_t root_id) {
  // NOLINTNEXTLINE(performance-no-int-to-ptr): a handle that is not null and never used
  return {reinterpret_cast<cl_mem>(std::uintptr_t{16}), 64, nullptr, 0, root_id};
}

}  // namespace zerocl::ops::testing
