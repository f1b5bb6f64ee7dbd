// The operators of scheme f16, and the norms of f16 residuals, on a device.
#include <algorithm>

#include "engine/graph/device_executor.h"
#include "host/ops/add_layer_norm_f16.h"
#include "host/ops/add_layer_norm_f16_quantize.h"
#include "host/ops/attention_f16_n16f25.h"
#include "host/ops/gelu_f16.h"
#include "host/ops/layer_norm_f16.h"
#include "host/ops/layer_norm_f16_quantize.h"
#include "host/ops/linear_f16_n16f25_gelu_f16.h"
#include "host/ops/linear_f16_n16f25_store_qkv_f16.h"
#include "host/ops/store_qkv_f16.h"

namespace zerocl {
ops::F16Layout f16_layout_of(const Graph& graph, ValueId id, ops::F16Layout of_products) {
  const std::vector<ValueId> alike = gathered_alike(graph, id);
  for (const Node& node : graph.nodes)
    if (node.op == Op::linear_f16_n16f25 &&
        std::find(alike.begin(), alike.end(), node.inputs[0]) != alike.end())
      return of_products;
  return ops::F16Layout::rows;
}

ops::F16Matrix DeviceExecutor::f16(ValueId id) const {
  return {elements_of(id), rows(id), value(id).cols, f16_layouts_[static_cast<std::size_t>(id)]};
}

std::optional<ops::F16Matrix> DeviceExecutor::wanted_f16(ValueId id) const {
  if (id == kNoValue) return std::nullopt;
  return f16(id);
}

HostTensor DeviceExecutor::read_f16(ValueId id) {
  const ops::F16Matrix from = f16(id);
  HostTensor out = make_host_tensor(value(id).name, DType::f16, from.rows, from.cols);
  if (out.data.empty()) return out;
  std::vector<std::uint16_t> stored(ops::f16_bytes(from.layout, from.rows, from.cols) / 2);
  state_.queue.read(from.buffer, std::span(stored));
  auto* to = elements<std::uint16_t>(out);
  for (std::int64_t m = 0; m < from.rows; ++m)
    for (std::int64_t k = 0; k < from.cols; ++k)
      *to++ = stored[ops::f16_index(from.layout, m, k, from.cols)];
  return out;
}

void DeviceExecutor::linear_f16(const Node& node) {
  const std::string bias = node.weights.size() > 1 ? node.weights[1] : "";
  const ops::LinearF16Weight& w = state_.weights.linear_f16(node.weights[0], bias);
  const ValueId y = node.outputs[0];
  if (value(y).dtype == DType::f16)
    ops::linear_f16_n16f25(state_.queue, f16(node.inputs[0]), w, f16(y));
  else
    ops::linear_f16_n16f25(state_.queue, f16(node.inputs[0]), w, f32(y));
}

bool DeviceExecutor::can_fuse_f16(const Node& second) const {
  if (second.op == Op::gelu_f16)
    return ops::can_fuse_linear_f16_n16f25_gelu_f16(state_.queue.facts());
  return second.op == Op::store_qkv_f16 &&
         ops::can_fuse_linear_f16_n16f25_store_qkv_f16(state_.queue.facts(), state_.cache.shape());
}

std::vector<KernelId> DeviceExecutor::fused_f16_kernels(const Node& node) const {
  return node.op == Op::gelu_f16 ? ops::linear_f16_n16f25_gelu_f16_kernels(gelu_form(node))
                                 : ops::linear_f16_n16f25_store_qkv_f16_kernels();
}

void DeviceExecutor::fused_linear_f16(const Node& product, const Node& node) {
  const std::string bias = product.weights.size() > 1 ? product.weights[1] : "";
  const ops::LinearF16Weight& w = state_.weights.linear_f16(product.weights[0], bias);
  const ops::F16Matrix x = f16(product.inputs[0]), y = f16(node.outputs[0]);
  if (node.op == Op::gelu_f16)
    return ops::linear_f16_n16f25_gelu_f16(state_.queue, x, w, gelu_form(node), y);
  ops::linear_f16_n16f25_store_qkv_f16(state_.queue, x, w, sequences_, state_.cache.shape(),
                                       state_.cache.layer(node.attributes.cache_layer), y);
}

void DeviceExecutor::norm_f16(const Node& node) {
  const BufferView gamma = state_.weights.vector(node.weights[0]);
  const BufferView beta = state_.weights.vector(node.weights[1]);
  const float eps = node.attributes.eps;
  Queue& queue = state_.queue;
  const std::optional<Tensor> wanted = wanted_f32(node.outputs[0]);
  const std::optional<ops::F16Matrix> wanted16 = wanted_f16(node.outputs[1]);
  const Tensor* y = wanted ? &*wanted : nullptr;
  const ops::F16Matrix* y16 = wanted16 ? &*wanted16 : nullptr;
  if (node.op == Op::layer_norm_f16)
    return ops::layer_norm_f16(queue, f32(node.inputs[0]), gamma, beta, eps, y, y16);
  const ops::F16Matrix residual = f16(node.inputs[1]);
  if (value(node.inputs[0]).dtype == DType::f32)
    return ops::add_layer_norm_f16(queue, f32(node.inputs[0]), residual, gamma, beta, eps, y, y16);
  ops::add_layer_norm_f16(queue, f16(node.inputs[0]), residual, gamma, beta, eps, y, y16);
}

void DeviceExecutor::norm_f16_quantize(const Node& node) {
  const BufferView gamma = state_.weights.vector(node.weights[0]);
  const BufferView beta = state_.weights.vector(node.weights[1]);
  const float eps = node.attributes.eps;
  const Tensor x = f32(node.inputs[0]);
  const std::optional<ops::F16Matrix> wanted = wanted_f16(node.outputs[0]);
  const ops::F16Matrix* y = wanted ? &*wanted : nullptr;
  const ops::Codes q = codes(node.outputs[1]);
  if (node.op == Op::layer_norm_f16_quantize)
    return ops::layer_norm_f16_quantize(state_.queue, x, gamma, beta, eps, y, q);
  ops::add_layer_norm_f16_quantize(state_.queue, x, f16(node.inputs[1]), gamma, beta, eps, y, q);
}

void DeviceExecutor::run_f16(const Node& node) {
  const Attributes& a = node.attributes;
  const ops::KvCacheShape& shape = state_.cache.shape();
  switch (node.op) {
    case Op::linear_f16_n16f25:
      return linear_f16(node);
    case Op::gelu_f16:
      return ops::gelu_f16(state_.queue, f32(node.inputs[0]), gelu_form(node),
                           f16(node.outputs[0]));
    case Op::store_qkv_f16:
      return ops::store_qkv_f16(state_.queue, f32(node.inputs[0]), sequences_, shape,
                                state_.cache.layer(a.cache_layer), f16(node.outputs[0]));
    case Op::attention_f16_n16f25:
      return ops::attention_f16_n16f25(state_.queue, f16(node.inputs[0]), sequences_, shape,
                                       state_.cache.layer(a.cache_layer), {a.causal, a.scale},
                                       f16(node.outputs[0]));
    case Op::layer_norm_f16_quantize:
    case Op::add_layer_norm_f16_quantize:
      return norm_f16_quantize(node);
    default:
      return norm_f16(node);
  }
}

}  // namespace zerocl
