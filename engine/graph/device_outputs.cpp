// Reading a device executor's values back as logical tensors: what verify compares.
#include <fmt/format.h>

#include <cstring>

#include "engine/graph/device_executor.h"
#include "host/ops/argmax.h"
#include "host/ops/codes.h"
#include "host/ops/linear_w8a8.h"

namespace zerocl {
HostTensor DeviceExecutor::read_f32(ValueId id) {
  const Tensor tensor = f32(id);
  HostTensor out = make_host_tensor(value(id).name, DType::f32, tensor.rows, tensor.cols);
  if (out.data.empty()) return out;
  state_.queue.read(tensor.buffer, std::span(out.data));
  inputs_arrived_ = true;
  return out;
}

void DeviceExecutor::read_codes(ValueId id, std::vector<HostTensor>& out) {
  const ops::Codes from = codes(id);
  const std::int64_t stride = from.codes.stride;
  std::vector<std::byte> stored(ops::codes_bytes(from.layout, from.codes.rows, stride));
  HostTensor logical =
      make_host_tensor(value(id).name, DType::i8, from.codes.rows, from.codes.cols);
  HostTensor scales =
      make_host_tensor(value(id).name + ".scale", DType::f32, from.scales.rows, from.scales.cols);
  if (!stored.empty()) {
    state_.queue.read(from.codes.buffer, std::span(stored));
    state_.queue.read(from.scales.buffer, std::span(scales.data));
  }
  auto* to = elements<std::int8_t>(logical);
  for (std::int64_t m = 0; m < from.codes.rows; ++m)
    for (std::int64_t k = 0; k < from.codes.cols; ++k)
      *to++ = ops::load_code_i8(stored.data(), from.layout,
                                ops::codes_index(from.layout, m, k, stride));
  out.push_back(std::move(logical));
  out.push_back(std::move(scales));
}

// The keys and values that a node has just stored, sequence after sequence.
void DeviceExecutor::read_cache(const Node& node, std::vector<HostTensor>& out) {
  const ops::KvCacheLayer& layer = state_.cache.layer(node.attributes.cache_layer);
  for (std::size_t s = 0; s < batch_.sequences.size(); ++s) {
    const Batch::Sequence& sequence = batch_.sequences[s];
    ops::KvRows rows = ops::read_kv(state_.queue, state_.cache.shape(), layer, sequence.blocks,
                                    sequence.position, sequence.length);
    const auto add = [&](const char* what, auto& values, DType dtype) {
      if (values.empty()) return;
      const auto cols = static_cast<std::int64_t>(values.size()) / sequence.length;
      HostTensor tensor =
          make_host_tensor(fmt::format("{}[sequence {}]", what, s), dtype, sequence.length, cols);
      std::memcpy(tensor.data.data(), values.data(), tensor.data.size());
      out.push_back(std::move(tensor));
    };
    add("key codes", rows.key_codes, DType::i8);
    add("key scales", rows.key_scales, DType::f32);
    add("value codes", rows.value_codes, DType::i8);
    add("value scales", rows.value_scales, DType::f32);
    add("keys", rows.keys, DType::f32);
    add("values", rows.values, DType::f32);
    add("keys", rows.key_halves, DType::f16);
    add("values", rows.value_halves, DType::f16);
  }
}

std::vector<HostTensor> DeviceExecutor::outputs(std::size_t index) {
  const Node& node = graph().nodes[index];
  std::vector<HostTensor> out;
  if (merged(index)) return out;
  for (ValueId id : node.outputs) {
    if (id == kNoValue) continue;
    if (value(id).dtype == DType::f32)
      out.push_back(read_f32(id));
    else if (value(id).dtype == DType::f16)
      out.push_back(read_f16(id));
    else
      read_codes(id, out);
  }
  if (node.op == Op::quantize_qkv || node.op == Op::store_kv || node.op == Op::store_qkv_f16)
    read_cache(node, out);
  return out;
}

HostTensor DeviceExecutor::output() {
  return read_f32(graph().output);
}

std::vector<std::int32_t> DeviceExecutor::output_argmax() {
  const Tensor logits = f32(graph().output);
  std::vector<std::int32_t> best(static_cast<std::size_t>(logits.rows));
  if (best.empty()) return best;
  const std::size_t bytes = best.size() * sizeof(std::int32_t);
  if (argmax_.bytes() < bytes) argmax_ = Buffer(*state_.context, bytes);
  state_.queue.set_label("argmax");
  ops::argmax(state_.queue, logits, argmax_);
  state_.queue.read(argmax_, std::span(best));
  inputs_arrived_ = true;
  return best;
}

std::string DeviceExecutor::operator_name(std::size_t index) const {
  const char* op = op_name(graph().nodes[index].op);
  if (first_of(index) == Fusion::kAlone) return op;
  const Node& first = graph().nodes[static_cast<std::size_t>(first_of(index))];
  return fmt::format("{}_{}", op_name(first.op), op);
}

std::string DeviceExecutor::variant(std::size_t index) const {
  if (first_of(index) != Fusion::kAlone)
    return graph().nodes[index].op == Op::quantize_tokens ? "mma" : "wgmma";
  const char* op = op_name(graph().nodes[index].op);
  const std::span<const Variant> table = variants_of(op);
  if (table.empty()) return "library";  // linear_f32_fast
  if (graph().nodes[index].op == Op::linear_w8a8)
    return variant_label(linear_w8a8_variant(graph().nodes[index]).name);
  return variant_label(choose_variant(op, table, state_.queue.facts()).name);
}

}  // namespace zerocl
