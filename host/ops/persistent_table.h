#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cl_kernels/abi/persistent.h"
#include "host/buffer.h"
#include "host/queue.h"

namespace zerocl::ops {

// A launch that the persistent kernel takes the place of.
struct PersistentStep {
  int kind = 0;  // STEP_*
  std::vector<BufferView> buffers;
  std::vector<std::byte> args;
};

// The step that a launch becomes, STEP_*; -1: it must be launched by itself.
int persistent_kind(const LaunchRequest& request);
// Whether launches of a kernel become steps, whatever their arguments.
bool persistent_knows(std::string_view op, std::string_view variant);

// The kernel that a step takes the place of; of a product also rows x outputs x inputs.
std::string persistent_step_name(const PersistentStep& step);

// Bytes of memory that the steps' products in parts need on a device that holds so many
// work-groups.
std::size_t persistent_parts_bytes(std::span<const PersistentStep> steps,
                                   std::uint32_t work_groups);

// The kernel's table. `address`: where a view lies on the device, 0 for a null pointer; `parts`:
// persistent_parts_bytes of memory.
std::vector<step> persistent_table(std::span<const PersistentStep> steps, std::uint32_t work_groups,
                                   const BufferView& parts,
                                   const std::function<std::uint64_t(const BufferView&)>& address);

}  // namespace zerocl::ops
