#include "host/ops/persistent.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "cl_kernels/abi/attention_i8.h"
#include "cl_kernels/abi/persistent.h"
#include "host/ops/variant.h"

namespace zerocl::ops {
namespace {

constexpr std::size_t kTables = 24;  // different batches in turn, of three launches each
constexpr std::size_t kGrowth = 3;   // of a batch's next launch over the one before
constexpr std::size_t kAddressesAtOnce = 64;

const KernelId& walk_kernel() {
  static const KernelId id{"persistent", "wgmma"};
  return id;
}
const KernelId& address_kernel() {
  static const KernelId id{"persistent", "address"};
  return id;
}

struct Kind {
  std::string_view op, variant;
  int kind;
};
constexpr Kind kKinds[] = {
    {"linear_w8a8", "wgmma_few", STEP_LINEAR_W8A8},
    {"linear_w8a8", "wgmma_narrow", STEP_LINEAR_W8A8_NARROW},
    {"linear_w8a8_gelu_quantize", "wgmma_few", STEP_LINEAR_W8A8_GELU_QUANTIZE},
    {"linear_w8a8_gelu_quantize", "wgmma_few_tanh", STEP_LINEAR_W8A8_GELU_QUANTIZE_TANH},
    {"linear_w8a8_quantize_qkv", "wgmma_few", STEP_LINEAR_W8A8_QUANTIZE_QKV},
    {"linear_w8a8_quantize_qkv", "wgmma_few_d32", STEP_LINEAR_W8A8_QUANTIZE_QKV_D32},
    {"attention_i8", "mma", STEP_ATTENTION_I8},
    {"quantize_tokens", "warp", STEP_QUANTIZE_TOKENS},
    {"layer_norm_quantize", "warp", STEP_LAYER_NORM_QUANTIZE},
    {"add_layer_norm_quantize", "warp", STEP_ADD_LAYER_NORM_QUANTIZE},
};

const Kind* find_kind(std::string_view op, std::string_view variant) {
  const auto* found = std::find_if(std::begin(kKinds), std::end(kKinds), [&](const Kind& kind) {
    return kind.op == op && kind.variant == variant;
  });
  return found == std::end(kKinds) ? nullptr : found;
}

// The step of a launch, or -1. Attention: the head sizes whose rows need no look at their ends.
int kind_of(const LaunchRequest& request) {
  const Kind* found = find_kind(request.id.op, request.id.variant);
  if (found == nullptr) return -1;
  if (found->kind != STEP_ATTENTION_I8) return found->kind;
  attention_i8_args args;
  std::memcpy(&args, request.args.data(), sizeof args);
  if (args.q_stride % 16 != 0 || args.y_stride % 2 != 0) return -1;
  return args.head_size == 64   ? STEP_ATTENTION_I8
         : args.head_size == 32 ? STEP_ATTENTION_I8_D32
                                : -1;
}

}  // namespace

std::vector<KernelId> Persistent::kernels() {
  return {walk_kernel(), address_kernel()};
}

bool Persistent::knows(std::string_view op, std::string_view variant) {
  return find_kind(op, variant) != nullptr;
}

bool Persistent::take(const LaunchRequest& request) {
  const int kind = kind_of(request);
  const auto has_address = [](const BufferView& view) { return !view || view.root_id != 0; };
  if (kind < 0 || request.buffers.size() > STEP_BUFFERS ||
      request.args.size() > STEP_ARGS * sizeof(std::uint32_t) ||
      !std::all_of(request.buffers.begin(), request.buffers.end(), has_address))
    return false;
  steps_.push_back({kind,
                    request.global.x / request.local.x,
                    {request.buffers.begin(), request.buffers.end()},
                    {request.args.begin(), request.args.end()}});
  return true;
}

std::uint64_t Persistent::address_of(const BufferView& view) const {
  return view ? addresses_.at(view.root_id) + view.root_offset : 0;
}

// Asks the device where buffers lie that have not been met before.
void Persistent::learn_addresses(Queue& queue, std::span<const Step> steps) {
  std::map<std::uint64_t, BufferView> unknown;
  for (const Step& step : steps)
    for (const BufferView& view : step.buffers)
      if (view && !addresses_.contains(view.root_id)) unknown.emplace(view.root_id, view);
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

const Buffer& Persistent::table_of(Queue& queue, std::span<const Step> steps) {
  std::vector<std::uint32_t> words(steps.size() * STEP_WORDS, 0);
  for (std::size_t i = 0; i < steps.size(); ++i) {
    step entry{};
    for (std::size_t b = 0; b < steps[i].buffers.size(); ++b)
      entry.buffers[b] = address_of(steps[i].buffers[b]);
    entry.kind = steps[i].kind;
    entry.units = static_cast<abi_int>(steps[i].units);
    std::memcpy(entry.args, steps[i].args.data(), steps[i].args.size());
    std::memcpy(words.data() + i * STEP_WORDS, &entry, sizeof entry);
  }
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

void Persistent::run(Queue& queue) {
  if (full()) at_once_ *= kGrowth;
  const std::vector<Step> steps = std::exchange(steps_, {});
  if (steps.empty()) return;
  learn_addresses(queue, steps);
  if (!counter_) {
    counter_ = Buffer(*queue.context(), sizeof(std::uint32_t));
    queue.fill(counter_, 0);
    arrivals_ = 0;
  }
  const Buffer& table = table_of(queue, steps);
  const persistent_args args{static_cast<abi_int>(steps.size()), arrivals_};
  queue.launch(walk_kernel(), {std::size_t{work_groups_} * PERSISTENT_ITEMS, 1, 1},
               {PERSISTENT_ITEMS, 1, 1}, {table, counter_}, args);
  arrivals_ += work_groups_ * static_cast<std::uint32_t>(steps.size() - 1);
}

}  // namespace zerocl::ops
