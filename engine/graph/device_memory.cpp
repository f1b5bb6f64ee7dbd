// Where a device executor's values lie, and how a batch's inputs get there.
#include <algorithm>
#include <exception>
#include <span>
#include <utility>

#include "engine/graph/device_executor.h"
#include "host/ops/codes.h"

namespace zerocl {

// What stands between fused nodes exists where these may run as their steps.
std::int64_t DeviceExecutor::planned_rows(const Capacity& capacity, ValueId id) const {
  const std::int64_t all = capacity.of(value(id).rows);
  for (std::size_t n = 0; n < graph().nodes.size(); ++n) {
    if (!fusion_.merged[n] || graph().nodes[n].outputs[0] != id) continue;
    const Node& second = graph().nodes[n + 1];
    if (!has_steps(second.op)) return 0;
    return second.op == Op::add_layer_norm_f16_quantize ? std::min(all, kGatheredTokensOfMid) : all;
  }
  return all;
}

std::size_t DeviceExecutor::value_bytes(const Capacity& capacity, const Value& v, ValueId id,
                                        ValuePart part) const {
  const std::int64_t count = planned_rows(capacity, id);
  if (v.dtype == DType::f32)
    return part == ValuePart::elements ? tensor_bytes(DType::f32, count, v.cols) : 0;
  if (v.dtype == DType::f16)
    return part == ValuePart::elements
               ? ops::f16_bytes(f16_layouts_[static_cast<std::size_t>(id)], count, v.cols)
               : 0;
  if (part == ValuePart::scales)
    return tensor_bytes(DType::f32, count, (v.cols + v.group - 1) / v.group);
  const ops::CodesLayout layout = layouts_[static_cast<std::size_t>(id)];
  return ops::codes_bytes(layout, count, ops::codes_stride(layout, v.cols));
}

void DeviceExecutor::plan(const Capacity& capacity) {
  // Kernels of the batch before may still read what is freed here. OpenCL would keep it alive for
  // them; growing is rare enough not to rely on that.
  state_.queue.finish();
  memory_.clear();
  ++planned_;
  capacity_ = {};  // and stays so where the device has not enough memory: the next batch plans anew
  const Graph planned = with_fused_inputs(graph(), fusion_);
  const Value* first = planned.values.data();
  plan_ = plan_memory(planned, [&](const Value& v, ValuePart part) {
    return value_bytes(capacity, v, static_cast<ValueId>(&v - first), part);
  });
  std::vector<Buffer> memory;
  for (std::size_t bytes : plan_.bytes) memory.emplace_back(*state_.context, bytes);
  memory_ = std::move(memory);
  capacity_ = capacity;
}

DeviceExecutor::~DeviceExecutor() {
  if (inputs_arrived_) return;
  try {
    state_.queue.finish();
  } catch (const std::exception&) {
    // The device is lost and reads nothing any more.
  }
}

void DeviceExecutor::upload() {
  Queue& queue = state_.queue;
  queue.set_label("inputs");
  if (!inputs_arrived_) {
    queue.finish();
    meeting_ = {};  // a batch that failed may have left launches that never ran
    attention_meeting_ = {};
  }
  inputs_.clear(queue);
  const std::size_t ids = inputs_.add(batch_.ids), types = inputs_.add(batch_.types),
                    positions = inputs_.add(batch_.positions),
                    output_rows = inputs_.add(
                        gathers_outputs_ ? std::span<const std::int32_t>(batch_.output_rows)
                                         : std::span<const std::int32_t>()),
                    first_rows = inputs_.add(batch_.first_rows());
  std::vector<ops::SequenceInput> inputs;
  for (const Batch::Sequence& sequence : batch_.sequences)
    inputs.push_back({sequence.length, sequence.position, sequence.blocks});
  ops::SequenceUpload sequences(inputs, inputs_);
  inputs_arrived_ = false;
  inputs_.send(queue);
  ids_ = inputs_.part(ids);
  types_ = inputs_.part(types);
  positions_ = inputs_.part(positions);
  output_rows_ = inputs_.part(output_rows);
  first_rows_ = inputs_.part(first_rows);
  sequences_ = std::move(sequences).placed(inputs_);
}

}  // namespace zerocl
