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

// One of the kernels that walk steps.
struct PersistentKernel {
  // `one`: for batches so small that a work-group has one tile of most products; it has forms for
  // these, and for products whose inputs are shared out (STEP_TWIN_*, STEP_LINEAR_W8A8_PARTS).
  // `mid`: for larger ones; it knows only what the layers of an encoder consist of.
  enum class Form { one, mid };
  std::string_view variant;  // of "persistent"; with _times behind it, the one that times its steps
  std::uint32_t items;       // of a work-group
  Form form;
};
inline constexpr PersistentKernel kPersistentOne{"wgmma", PERSISTENT_ITEMS,
                                                 PersistentKernel::Form::one};
inline constexpr PersistentKernel kPersistentMid{"wgmma_mid", PERSISTENT_MID_ITEMS,
                                                 PersistentKernel::Form::mid};

// A launch that a persistent kernel takes the place of.
struct PersistentStep {
  int kind = 0;  // STEP_*
  std::vector<BufferView> buffers;
  std::vector<std::byte> args;
};

// The step that a launch becomes, STEP_*; -1: it must be launched by itself.
int persistent_kind(const PersistentKernel& kernel, const LaunchRequest& request);
// Whether launches of a kernel become steps, whatever their arguments.
bool persistent_knows(const PersistentKernel& kernel, std::string_view op,
                      std::string_view variant);

// The kernel that a step takes the place of; of a product also rows x outputs x inputs.
std::string persistent_step_name(const PersistentStep& step);

// Bytes of memory that the steps' products in parts need on a device that holds so many
// work-groups.
std::size_t persistent_parts_bytes(const PersistentKernel& kernel,
                                   std::span<const PersistentStep> steps,
                                   std::uint32_t work_groups);

// The kernel's table. `address`: where a view lies on the device, 0 for a null pointer; `parts`:
// persistent_parts_bytes of memory.
std::vector<step> persistent_table(const PersistentKernel& kernel,
                                   std::span<const PersistentStep> steps, std::uint32_t work_groups,
                                   const BufferView& parts,
                                   const std::function<std::uint64_t(const BufferView&)>& address);

}  // namespace zerocl::ops
