// Where a device executor's values lie, and how a batch's inputs get there.
#include "cl_kernels/abi/layouts.h"
#include "engine/graph/device_executor.h"

namespace zerocl {
namespace {

std::int64_t code_stride(const Value& value) {
  return CODES_STRIDE(value.cols);
}

// Uploads into a buffer that grows when it must and never shrinks.
void upload_ids(Queue& queue, Buffer& buffer, const std::vector<std::int32_t>& ids) {
  if (ids.empty()) return;
  const std::size_t bytes = ids.size() * sizeof(std::int32_t);
  if (buffer.bytes() < bytes) buffer = Buffer(*queue.context(), bytes);
  queue.write(buffer, std::span(ids));
}

}  // namespace

std::size_t DeviceExecutor::value_bytes(const Value& v, ValueId id) const {
  const std::int64_t count = capacity_.of(v.rows);
  if (v.dtype == DType::f32) return tensor_bytes(DType::f32, count, v.cols);
  const std::size_t alignment = state_.queue.facts().mem_base_align_bytes;
  const auto code_size =
      static_cast<std::size_t>(ops::code_bytes(layouts_[static_cast<std::size_t>(id)]));
  const std::size_t codes = tensor_bytes(DType::i8, count, code_stride(v)) * code_size;
  return aligned(codes, alignment) +
         tensor_bytes(DType::f32, count, (v.cols + v.group - 1) / v.group);
}

void DeviceExecutor::plan(const Capacity& capacity) {
  // What is freed here may still be read by enqueued kernels; OpenCL keeps it alive until they end.
  capacity_ = capacity;
  const std::size_t alignment = state_.queue.facts().mem_base_align_bytes;
  const Value* first = graph().values.data();
  const MemoryPlan planned = plan_memory(graph(), alignment, [&](const Value& v) {
    return value_bytes(v, static_cast<ValueId>(&v - first));
  });
  places_.clear();
  memory_ = Buffer(*state_.context, planned.total);
  for (std::size_t i = 0; i < graph().values.size(); ++i) {
    const Value& v = graph().values[i];
    Place place;
    std::size_t bytes = planned.bytes[i];
    if (v.dtype != DType::f32) {
      const std::size_t scales =
          tensor_bytes(DType::f32, capacity_.of(v.rows), (v.cols + v.group - 1) / v.group);
      bytes -= scales;
      place.scales = memory_.sub_buffer(planned.offsets[i] + bytes, scales);
    }
    place.values = memory_.sub_buffer(planned.offsets[i], bytes);
    places_.push_back(std::move(place));
  }
}

void DeviceExecutor::upload(const Batch& batch) {
  Queue& queue = state_.queue;
  queue.set_label("inputs");
  upload_ids(queue, ids_, batch.ids);
  upload_ids(queue, types_, batch.types);
  upload_ids(queue, positions_, batch.positions);
  upload_ids(queue, output_rows_, batch.output_rows);
  upload_ids(queue, first_rows_, batch.first_rows());
  std::vector<ops::SequenceInput> sequences;
  for (const Batch::Sequence& sequence : batch.sequences)
    sequences.push_back({sequence.length, sequence.position, sequence.blocks});
  sequences_ = ops::make_sequences(queue, sequences, sequence_memory_);
}

}  // namespace zerocl
