#include "engine/graph/reference_executor.h"

#include <algorithm>
#include <cstring>
#include <optional>

#include "reference/add_layer_norm.h"
#include "reference/add_layer_norm_quantize.h"
#include "reference/argmax.h"
#include "reference/gather_rows.h"
#include "reference/gelu.h"
#include "reference/gelu_quantize.h"
#include "reference/l2_normalize.h"
#include "reference/layer_norm.h"
#include "reference/layer_norm_quantize.h"
#include "reference/linear_f32.h"
#include "reference/linear_w8a8.h"
#include "reference/mean_pool.h"
#include "reference/quantize_tokens.h"
#include "reference/relu.h"
#include "reference/tanh.h"

namespace zerocl {
namespace {

using reference::MatrixF;
using reference::Quantized;

HostTensor to_tensor(const std::string& name, const MatrixF& matrix) {
  HostTensor out = make_host_tensor(name, DType::f32, matrix.rows(), matrix.cols());
  std::memcpy(out.data.data(), matrix.data(), out.data.size());
  return out;
}

HostTensor to_tensor(const std::string& name, const reference::MatrixF16& matrix) {
  HostTensor out = make_host_tensor(name, DType::f16, matrix.rows(), matrix.cols());
  std::memcpy(out.data.data(), matrix.data(), out.data.size());
  return out;
}

HostTensor to_tensor(const std::string& name, const reference::MatrixI8& matrix) {
  HostTensor out = make_host_tensor(name, DType::i8, matrix.rows(), matrix.cols());
  std::memcpy(out.data.data(), matrix.data(), out.data.size());
  return out;
}

}  // namespace

reference::GeluForm ReferenceExecutor::gelu_form(const Node& node) {
  return node.attributes.form == Activation::gelu_tanh ? reference::GeluForm::tanh
                                                       : reference::GeluForm::erf;
}

void ReferenceExecutor::begin(Batch batch) {
  batch_ = std::move(batch);
  values_.assign(graph().values.size(), {});
}

const MatrixF& ReferenceExecutor::f32(const Node& node, std::size_t input) const {
  return std::get<MatrixF>(values_[static_cast<std::size_t>(node.inputs[input])]);
}

const Quantized& ReferenceExecutor::codes(const Node& node, std::size_t input) const {
  return std::get<Quantized>(values_[static_cast<std::size_t>(node.inputs[input])]);
}

std::int64_t ReferenceExecutor::group(const Node& node, std::size_t output) const {
  return graph().values[static_cast<std::size_t>(node.outputs[output])].group;
}

void ReferenceExecutor::step(std::size_t index) {
  const Node& node = graph().nodes[index];
  if (!node.outputs.empty() && node.outputs.front() != kNoValue) {
    const Value& out_value = graph().values[static_cast<std::size_t>(node.outputs.front())];
    if (rows_of(batch_, out_value.rows) == 0) {  // a chunk of a prompt: the head has nothing to do
      set(node.outputs.front(), MatrixF(0, out_value.cols));
      return;
    }
  }
  switch (node.op) {
    case Op::embedding:
      return embed(node);
    case Op::linear_w8a8:
    case Op::linear_f32:
    case Op::linear_f32_fast:
      return linear(node);
    case Op::layer_norm:
    case Op::add_layer_norm:
    case Op::layer_norm_quantize:
    case Op::add_layer_norm_quantize:
      return norm(node);
    case Op::quantize_qkv:
    case Op::store_kv:
      return store(node);
    case Op::attention_i8:
    case Op::attention_f32:
      return attend(node);
    case Op::quantize_tokens:
    case Op::gelu:
    case Op::gelu_quantize:
    case Op::tanh:
    case Op::relu:
    case Op::l2_normalize:
    case Op::mean_pool:
      return elementwise(node);
    case Op::gather_rows:
      return gather(node);
    case Op::layer_norm_f16:
    case Op::add_layer_norm_f16:
    case Op::layer_norm_f16_quantize:
    case Op::add_layer_norm_f16_quantize:
    case Op::gelu_f16:
    case Op::store_qkv_f16:
    case Op::linear_f16_n16f25:
    case Op::attention_f16_n16f25:
      return run_f16(node);
  }
}

void ReferenceExecutor::embed(const Node& node) {
  const auto input =
      [&](std::size_t i,
          const std::vector<std::int32_t>& ids) -> std::optional<reference::EmbeddingInput> {
    const std::string name = weight_name(node.weights[i]);
    if (!state_.has(name)) return std::nullopt;
    return reference::EmbeddingInput{ids, state_.table(name)};
  };
  set(node.outputs[0], reference::embedding(*input(0, batch_.ids), input(1, batch_.types),
                                            input(2, batch_.positions)));
}

// linear_f32_fast promises no bits: its reference is the exact operator.
void ReferenceExecutor::linear(const Node& node) {
  std::span<const float> bias;
  if (node.weights.size() > 1) bias = state_.vector(node.weights[1]);
  if (node.op == Op::linear_w8a8)
    return set(node.outputs[0],
               reference::linear_w8a8(codes(node, 0), state_.quantized(node.weights[0]), bias));
  set(node.outputs[0], reference::linear_f32(f32(node, 0), state_.matrix(node.weights[0]), bias));
}

void ReferenceExecutor::norm(const Node& node) {
  const std::vector<float>& gamma = state_.vector(node.weights[0]);
  const std::vector<float>& beta = state_.vector(node.weights[1]);
  const float eps = node.attributes.eps;
  const MatrixF& x = f32(node, 0);
  if (node.op == Op::layer_norm)
    return set(node.outputs[0], reference::layer_norm(x, gamma, beta, eps));
  if (node.op == Op::layer_norm_quantize) {
    reference::LayerNormQuantize out =
        reference::layer_norm_quantize(x, gamma, beta, eps, group(node, 1));
    set(node.outputs[0], std::move(out.y));
    return set(node.outputs[1], std::move(out.q));
  }
  const MatrixF& residual = f32(node, 1);
  if (node.op == Op::add_layer_norm) {
    reference::AddLayerNorm out = reference::add_layer_norm(x, residual, gamma, beta, eps);
    set(node.outputs[0], std::move(out.sum));
    return set(node.outputs[1], std::move(out.y));
  }
  reference::AddLayerNormQuantize out =
      reference::add_layer_norm_quantize(x, residual, gamma, beta, eps, group(node, 2));
  set(node.outputs[0], std::move(out.sum));
  set(node.outputs[1], std::move(out.y));
  set(node.outputs[2], std::move(out.q));
}

void ReferenceExecutor::elementwise(const Node& node) {
  const MatrixF& x = f32(node, 0);
  switch (node.op) {
    case Op::quantize_tokens:
      return set(node.outputs[0], reference::quantize_tokens(x, group(node, 0)));
    case Op::gelu_quantize:
      return set(node.outputs[0], reference::gelu_quantize(x, gelu_form(node), group(node, 0)));
    case Op::gelu:
      return set(node.outputs[0], reference::gelu(x, gelu_form(node)));
    case Op::tanh:
      return set(node.outputs[0], reference::tanh(x));
    case Op::relu:
      return set(node.outputs[0], reference::relu(x));
    case Op::l2_normalize:
      return set(node.outputs[0], reference::l2_normalize(x));
    default:
      break;
  }
  std::vector<sequence_entry> sequences;
  std::int32_t row = 0;
  for (const Batch::Sequence& sequence : batch_.sequences) {
    const auto length = static_cast<std::int32_t>(sequence.length);
    sequences.push_back({row, length, static_cast<std::int32_t>(sequence.position), 0});
    row += length;
  }
  set(node.outputs[0], reference::mean_pool(x, sequences));
}

void ReferenceExecutor::gather(const Node& node) {
  const std::vector<std::int32_t> index =
      node.attributes.select == Select::outputs ? batch_.output_rows : batch_.first_rows();
  for (std::size_t i = 0; i < node.inputs.size(); ++i) {
    const DType dtype = value(node.inputs[i]).dtype;
    if (dtype == DType::f32)
      set(node.outputs[i], reference::gather_rows(f32(node, i), index));
    else if (dtype == DType::f16)
      set(node.outputs[i], reference::gather_rows(f16(node, i), index));
    else
      set(node.outputs[i], reference::gather_rows(codes(node, i), index));
  }
}

std::vector<HostTensor> ReferenceExecutor::outputs(std::size_t index) {
  const Node& node = graph().nodes[index];
  std::vector<HostTensor> out;
  for (ValueId id : node.outputs) {
    if (id == kNoValue) continue;
    const Value& value = graph().values[static_cast<std::size_t>(id)];
    const auto& held = values_[static_cast<std::size_t>(id)];
    if (const auto* matrix = std::get_if<MatrixF>(&held)) {
      out.push_back(to_tensor(value.name, *matrix));
    } else if (const auto* half = std::get_if<reference::MatrixF16>(&held)) {
      out.push_back(to_tensor(value.name, *half));
    } else {
      const auto& quantized = std::get<Quantized>(held);
      out.push_back(to_tensor(value.name, quantized.codes));
      out.push_back(to_tensor(value.name + ".scale", quantized.scales));
    }
  }
  if (node.op == Op::quantize_qkv || node.op == Op::store_kv || node.op == Op::store_qkv_f16)
    add_cache_rows(node, out);
  return out;
}

HostTensor ReferenceExecutor::output() {
  const auto id = static_cast<std::size_t>(graph().output);
  return to_tensor(graph().values[id].name, std::get<MatrixF>(values_[id]));
}

std::vector<std::int32_t> ReferenceExecutor::output_argmax() {
  return reference::argmax(std::get<MatrixF>(values_[static_cast<std::size_t>(graph().output)]));
}

}  // namespace zerocl
