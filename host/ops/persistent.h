#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "host/buffer.h"
#include "host/ops/persistent_table.h"
#include "host/ops/persistent_times.h"
#include "host/ops/variant.h"
#include "host/queue.h"

namespace zerocl::ops {

// A row of each kernel, which are for batches of different sizes: where one is refused, every step
// is launched by itself, with the same bits.
inline constexpr Variant kPersistentVariants[] = {
    {"persistent", wgmma_refusal, Variant::For::gpu},
};
inline constexpr Variant kPersistentMidVariants[] = {
    {"persistent_mid", wgmma_refusal, Variant::For::gpu},
};

// One launch in place of many (cl_kernels/persistent.wgmma*.cl): the
// launches of kernels that it knows are gathered into a table; anything else that the queue is
// asked for first runs what is gathered. The table holds device addresses: NVIDIA's driver keeps a
// buffer at its address while it lives. One for each queue and kernel.
class Persistent final : public LaunchGatherer {
 public:
  // Work-groups of a persistent kernel wait for each other, so no more than are resident. `times`:
  // where each step's times go, and then each launch is waited for; or nullptr.
  Persistent(const PersistentKernel& kernel, std::uint32_t compute_units,
             PersistentTimes* times = nullptr)
      : kernel_(kernel), work_groups_(compute_units), times_(times) {}

  std::vector<KernelId> kernels() const;

  bool knows(std::string_view op, std::string_view variant) const override {
    return persistent_knows(kernel_, op, variant);
  }
  bool take(const LaunchRequest& request) override;
  bool empty() const override { return steps_.empty(); }
  // The first steps of a batch run early, so that the device works while the host, to which a step
  // costs 1 us, comes to the others.
  bool full() const override { return steps_.size() >= at_once_; }
  void begin() override { at_once_ = kFirstSteps; }
  // Both throw Error as Queue::launch does; what was gathered is gone then.
  std::shared_ptr<const GatheredLaunches> run(Queue& queue) override;
  void run_again(Queue& queue, const GatheredLaunches& launches) override;

 private:
  static constexpr std::size_t kFirstSteps = 8;
  struct Steps final : GatheredLaunches {
    std::vector<PersistentStep> steps;
    // Made when they are run again: their table, and root_id of the parts_ that it names.
    mutable Buffer table;
    mutable std::uint64_t parts = 0;
  };
  // A table on the device, kept since the next batch of the same shape has the same.
  struct Table {
    std::vector<std::uint32_t> words;
    Buffer memory;
  };

  std::vector<std::uint32_t> words_of(Queue& queue, std::span<const PersistentStep> steps);
  void run_table(Queue& queue, const Buffer& table, std::span<const PersistentStep> steps);
  std::uint64_t address_of(const BufferView& view) const;
  void reserve_parts(Queue& queue, std::span<const PersistentStep> steps);
  void learn_addresses(Queue& queue, std::span<const PersistentStep> steps);
  void launch(Queue& queue, const Buffer& table, std::size_t steps);
  void launch_timed(Queue& queue, const Buffer& table, std::span<const PersistentStep> steps);
  const Buffer& table_of(Queue& queue, std::vector<std::uint32_t> words);

  KernelId walk_kernel() const;
  KernelId timed_kernel() const;

  PersistentKernel kernel_;
  std::uint32_t work_groups_;
  PersistentTimes* times_;
  std::vector<PersistentStep> steps_;
  std::size_t at_once_ = kFirstSteps;
  // Of a root buffer, by its id: some thousand are looked up for each batch.
  std::unordered_map<std::uint64_t, std::uint64_t> addresses_;
  std::vector<Table> tables_;
  std::size_t next_table_ = 0;
  Buffer parts_;    // of products (STEP_LINEAR_W8A8_PARTS)
  Buffer found_;    // addresses on their way
  Buffer counter_;  // where work-groups arrive
  std::uint32_t arrivals_ = 0;
};

}  // namespace zerocl::ops
