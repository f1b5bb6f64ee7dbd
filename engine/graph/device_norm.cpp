// Norms on a device, alone and behind the product that they follow.
#include "engine/graph/device_executor.h"
#include "host/ops/add_layer_norm.h"
#include "host/ops/add_layer_norm_quantize.h"
#include "host/ops/layer_norm.h"
#include "host/ops/layer_norm_quantize.h"
#include "host/ops/linear_w8a8_add_layer_norm_f16_quantize.h"

namespace zerocl {

void DeviceExecutor::norm(const Node& node) {
  const BufferView gamma = state_.weights.vector(node.weights[0]);
  const BufferView beta = state_.weights.vector(node.weights[1]);
  const float eps = node.attributes.eps;
  const Tensor x = f32(node.inputs[0]);
  Queue& queue = state_.queue;
  if (node.op == Op::layer_norm)
    return ops::layer_norm(queue, x, gamma, beta, eps, f32(node.outputs[0]));
  if (node.op == Op::layer_norm_quantize) {
    const std::optional<Tensor> y = wanted_f32(node.outputs[0]);
    return ops::layer_norm_quantize(queue, x, gamma, beta, eps, y ? &*y : nullptr,
                                    codes(node.outputs[1]));
  }
  const Tensor residual = f32(node.inputs[1]);
  const std::optional<Tensor> sum = wanted_f32(node.outputs[0]);
  if (node.op == Op::add_layer_norm)
    return ops::add_layer_norm(queue, x, residual, gamma, beta, eps, sum ? &*sum : nullptr,
                               f32(node.outputs[1]));
  const std::optional<Tensor> y = wanted_f32(node.outputs[1]);
  ops::add_layer_norm_quantize(queue, x, residual, gamma, beta, eps, sum ? &*sum : nullptr,
                               y ? &*y : nullptr, codes(node.outputs[2]));
}

void DeviceExecutor::fused_norm(const Node& node, const ops::Codes& x,
                                const ops::LinearW8A8Weight& w) {
  const ops::LinearNorm norm{f16(node.inputs[1]), state_.weights.vector(node.weights[0]),
                             state_.weights.vector(node.weights[1]), node.attributes.eps,
                             wanted_f16(node.outputs[0])};
  ops::linear_w8a8_add_layer_norm_f16_quantize(state_.queue, x, w, norm, codes(node.outputs[1]),
                                               meeting_);
}

}  // namespace zerocl
