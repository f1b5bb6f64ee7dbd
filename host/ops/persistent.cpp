#include "host/ops/persistent.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <map>
#include <utility>

#include "cl_kernels/abi/persistent.h"
#include "host/ops/variant.h"

namespace zerocl::ops {
namespace {

constexpr std::size_t kTables = 40;  // different batches in turn, of up to five launches each
constexpr std::size_t kGrowth = 3;   // of a batch's next launch over the one before
constexpr std::size_t kAddressesAtOnce = 64;

const KernelId& address_kernel() {
  static const KernelId id{"persistent", "address"};
  return id;
}

}  // namespace

KernelId Persistent::walk_kernel() const {
  return {"persistent", std::string(kernel_.variant)};
}
KernelId Persistent::timed_kernel() const {
  return {"persistent", std::string(kernel_.variant) + "_times"};
}

std::vector<KernelId> Persistent::kernels() const {
  return {times_ != nullptr ? timed_kernel() : walk_kernel(), address_kernel()};
}

bool Persistent::take(const LaunchRequest& request) {
  const int kind = persistent_kind(kernel_, request);
  const auto has_address = [](const BufferView& view) { return !view || view.root_id != 0; };
  const bool line = request.global.y == 1 && request.global.z == 1;
  if (kind < 0 || (!line && kind != STEP_LINEAR_F32) || request.buffers.size() > STEP_BUFFERS ||
      request.args.size() > STEP_ARGS * sizeof(std::uint32_t) ||
      !std::all_of(request.buffers.begin(), request.buffers.end(), has_address))
    return false;
  steps_.push_back({kind,
                    {request.buffers.begin(), request.buffers.end()},
                    {request.args.begin(), request.args.end()}});
  return true;
}

std::uint64_t Persistent::address_of(const BufferView& view) const {
  return view ? addresses_.at(view.root_id) + view.root_offset : 0;
}

// Asks the device where buffers lie that have not been met before.
void Persistent::learn_addresses(Queue& queue, std::span<const PersistentStep> steps) {
  std::map<std::uint64_t, BufferView> unknown;
  for (const PersistentStep& step : steps)
    for (const BufferView& view : step.buffers)
      if (view && !addresses_.contains(view.root_id)) unknown.emplace(view.root_id, view);
  if (const BufferView view = parts_; view && !addresses_.contains(view.root_id))
    unknown.emplace(view.root_id, view);
  std::array<std::uint64_t, kAddressesAtOnce> found;
  if (!unknown.empty() && !found_) found_ = Buffer(*queue.context(), sizeof found);
  for (auto next = unknown.begin(); next != unknown.end();) {
    std::vector<std::uint64_t> ids;
    for (; next != unknown.end() && ids.size() < found.size(); ++next) {
      const persistent_address_args args{static_cast<abi_int>(ids.size())};
      queue.launch(address_kernel(), {1, 1, 1}, {1, 1, 1}, {BufferView(next->second.root), found_},
                   args);
      ids.push_back(next->first);
    }
    queue.read(found_, std::span(found).first(ids.size()));
    for (std::size_t i = 0; i < ids.size(); ++i) addresses_[ids[i]] = found[i];
  }
}

// The table of steps, as it is copied to the device.
std::vector<std::uint32_t> Persistent::words_of(Queue& queue,
                                                std::span<const PersistentStep> steps) {
  reserve_parts(queue, steps);
  learn_addresses(queue, steps);
  const std::vector<step> entries =
      persistent_table(kernel_, steps, work_groups_, parts_,
                       [&](const BufferView& view) { return address_of(view); });
  std::vector<std::uint32_t> words(entries.size() * STEP_WORDS);
  std::memcpy(words.data(), entries.data(), words.size() * sizeof(std::uint32_t));
  return words;
}

const Buffer& Persistent::table_of(Queue& queue, std::vector<std::uint32_t> words) {
  const auto same = [&](const Table& table) { return table.words == words; };
  if (const auto found = std::find_if(tables_.begin(), tables_.end(), same); found != tables_.end())
    return found->memory;
  if (tables_.size() < kTables) tables_.emplace_back();
  Table& table = tables_[next_table_];
  next_table_ = (next_table_ + 1) % kTables;
  table.words.clear();  // stays so if what follows throws
  const std::size_t bytes = words.size() * sizeof(std::uint32_t);
  if (table.memory.bytes() < bytes) {
    queue.finish();  // the kernel before may still read what is freed here
    table.memory = Buffer(*queue.context(), bytes);
  }
  queue.write(table.memory, std::span<const std::uint32_t>(words));
  table.words = std::move(words);
  return table.memory;
}

// Room for the parts of these steps' products; launches before may still use what it replaces.
void Persistent::reserve_parts(Queue& queue, std::span<const PersistentStep> steps) {
  const std::size_t bytes = persistent_parts_bytes(kernel_, steps, work_groups_);
  if (bytes <= parts_.bytes()) return;
  queue.finish();
  parts_ = Buffer(*queue.context(), bytes);
}

void Persistent::launch(Queue& queue, const Buffer& table, std::size_t steps) {
  const persistent_args args{static_cast<abi_int>(steps), arrivals_};
  queue.launch(walk_kernel(), {std::size_t{work_groups_} * kernel_.items, 1, 1},
               {kernel_.items, 1, 1}, {table, counter_}, args);
  arrivals_ += work_groups_ * static_cast<std::uint32_t>(steps - 1);
}

void Persistent::launch_timed(Queue& queue, const Buffer& table,
                              std::span<const PersistentStep> steps) {
  std::vector<std::uint32_t> clocks(steps.size() * work_groups_ * STEP_TIMES);
  const Buffer found(*queue.context(), clocks.size() * sizeof(std::uint32_t));
  const persistent_args args{static_cast<abi_int>(steps.size()), arrivals_};
  queue.launch(timed_kernel(), {std::size_t{work_groups_} * kernel_.items, 1, 1},
               {kernel_.items, 1, 1}, {table, counter_, found}, args);
  arrivals_ += work_groups_ * static_cast<std::uint32_t>(steps.size());
  queue.read(found, std::span(clocks));
  times_->add(steps, clocks, work_groups_);
}

std::shared_ptr<const GatheredLaunches> Persistent::run(Queue& queue) {
  if (full()) at_once_ *= kGrowth;
  auto taken = std::make_shared<Steps>();
  taken->steps = std::exchange(steps_, {});
  if (!taken->steps.empty())
    run_table(queue, table_of(queue, words_of(queue, taken->steps)), taken->steps);
  return taken;
}

void Persistent::run_again(Queue& queue, const GatheredLaunches& launches) {
  const Steps& taken = dynamic_cast<const Steps&>(launches);
  if (taken.steps.empty()) return;
  if (!taken.table || taken.parts != parts_.view().root_id) {
    const std::vector<std::uint32_t> words = words_of(queue, taken.steps);
    if (taken.table) queue.finish();  // the kernel before may still read what is freed here
    taken.table = Buffer();           // stays so if what follows throws
    Buffer table(*queue.context(), words.size() * sizeof(std::uint32_t));
    queue.write(table, std::span(words));
    taken.table = std::move(table);
    taken.parts = parts_.view().root_id;
  }
  run_table(queue, taken.table, taken.steps);
}

void Persistent::run_table(Queue& queue, const Buffer& table,
                           std::span<const PersistentStep> steps) {
  if (!counter_) {
    Buffer counter(*queue.context(), sizeof(std::uint32_t));
    queue.fill(counter, 0);
    counter_ = std::move(counter);
    arrivals_ = 0;
  }
  if (times_ != nullptr)
    launch_timed(queue, table, steps);
  else
    launch(queue, table, steps.size());
}

}  // namespace zerocl::ops
