// Where a device executor's values lie, and how a batch's inputs get there.
#include <exception>
#include <utility>

#include "engine/graph/device_executor.h"
#include "host/ops/codes.h"

namespace zerocl {
namespace {

// Enqueues an upload into a buffer that grows when it must and never shrinks.
void upload_ids(Queue& queue, Buffer& buffer, const std::vector<std::int32_t>& ids) {
  if (ids.empty()) return;
  const std::size_t bytes = ids.size() * sizeof(std::int32_t);
  if (buffer.bytes() < bytes) buffer = Buffer(*queue.context(), bytes);
  queue.write_later(buffer, std::as_bytes(std::span(ids)));
}

// Where an exception ends the scope, waits for the uploads that still read the host's memory.
class ReadByDevice {
 public:
  explicit ReadByDevice(Queue& queue) : queue_(queue), exceptions_(std::uncaught_exceptions()) {}
  ~ReadByDevice() {
    if (std::uncaught_exceptions() <= exceptions_) return;
    try {
      queue_.finish();
    } catch (const std::exception&) {
      // The device is lost and reads nothing any more; the exception under way says why.
    }
  }
  ReadByDevice(const ReadByDevice&) = delete;
  ReadByDevice& operator=(const ReadByDevice&) = delete;

 private:
  Queue& queue_;
  int exceptions_;
};

}  // namespace

std::size_t DeviceExecutor::value_bytes(const Capacity& capacity, const Value& v, ValueId id,
                                        ValuePart part) const {
  for (std::size_t n = 0; n < graph().nodes.size(); ++n)
    if (fusion_.merged[n] && graph().nodes[n].outputs[0] == id &&
        graph().nodes[n].op != Op::attention_i8)  // it may run as its steps
      return 0;
  const std::int64_t count = capacity.of(v.rows);
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

void DeviceExecutor::upload(const Batch& batch) {
  Queue& queue = state_.queue;
  queue.set_label("inputs");
  const std::vector<std::int32_t> first_rows = batch.first_rows();
  const ReadByDevice until_read(queue);
  upload_ids(queue, ids_, batch.ids);
  upload_ids(queue, types_, batch.types);
  upload_ids(queue, positions_, batch.positions);
  upload_ids(queue, output_rows_, batch.output_rows);
  upload_ids(queue, first_rows_, first_rows);
  std::vector<ops::SequenceInput> sequences;
  for (const Batch::Sequence& sequence : batch.sequences)
    sequences.push_back({sequence.length, sequence.position, sequence.blocks});
  sequences_ = ops::make_sequences(queue, sequences, sequence_memory_);
  // The tables' own write waits, and so for all of these uploads; without tables nothing else does.
  if (sequences.empty()) queue.finish();
}

}  // namespace zerocl
