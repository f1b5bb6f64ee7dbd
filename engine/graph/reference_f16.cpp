// The operators of scheme f16, and the norms of f16 residuals, in the reference.
#include "engine/graph/reference_executor.h"
#include "reference/add_layer_norm_f16.h"
#include "reference/add_layer_norm_f16_quantize.h"
#include "reference/attention_f16_n16f25.h"
#include "reference/gelu_f16.h"
#include "reference/linear_f16_n16f25.h"
#include "reference/store_qkv_f16.h"

namespace zerocl {
namespace {

using reference::Index;
using reference::MatrixF16;

// `to` keeps its first `position` rows and gets `from`'s rows [first, first + count) after them.
void put_rows(MatrixF16& to, const MatrixF16& from, Index position, Index first, Index count) {
  MatrixF16 grown(position + count, from.cols());
  if (position > 0) grown.topRows(position) = to.topRows(position);
  grown.bottomRows(count) = from.middleRows(first, count);
  to = std::move(grown);
}

}  // namespace

const MatrixF16& ReferenceExecutor::f16(const Node& node, std::size_t input) const {
  return std::get<MatrixF16>(values_[static_cast<std::size_t>(node.inputs[input])]);
}

void ReferenceExecutor::store_f16(const Node& node) {
  reference::QkvF16 parts = reference::store_qkv_f16(f32(node, 0));
  Index row = 0;
  for (const Batch::Sequence& sequence : batch_.sequences) {
    ReferenceState::KeysValues& held = state_.cache(node.attributes.cache_layer, sequence.id);
    put_rows(held.key_halves, parts.k, sequence.position, row, sequence.length);
    put_rows(held.value_halves, parts.v, sequence.position, row, sequence.length);
    row += sequence.length;
  }
  set(node.outputs[0], std::move(parts.q));
}

void ReferenceExecutor::attend_f16(const Node& node) {
  const Attributes& a = node.attributes;
  MatrixF16 out(batch_.tokens(), a.heads * a.head_size);
  Index row = 0;
  for (const Batch::Sequence& sequence : batch_.sequences) {
    const ReferenceState::KeysValues& held = state_.cache(a.cache_layer, sequence.id);
    const MatrixF16 q = f16(node, 0).middleRows(row, sequence.length);
    out.middleRows(row, sequence.length) = reference::attention_f16_n16f25(
        q, held.key_halves, held.value_halves, a.heads, sequence.position, a.causal, a.scale);
    row += sequence.length;
  }
  set(node.outputs[0], std::move(out));
}

void ReferenceExecutor::norm_f16(const Node& node) {
  const std::vector<float>& gamma = state_.vector(node.weights[0]);
  const std::vector<float>& beta = state_.vector(node.weights[1]);
  const float eps = node.attributes.eps;
  reference::LayerNormF16 out;
  if (node.op == Op::layer_norm_f16)
    out = reference::layer_norm_f16(f32(node, 0), gamma, beta, eps);
  else if (value(node.inputs[0]).dtype == DType::f32)
    out = reference::add_layer_norm_f16(f32(node, 0), f16(node, 1), gamma, beta, eps);
  else
    out = reference::add_layer_norm_f16(f16(node, 0), f16(node, 1), gamma, beta, eps);
  set(node.outputs[0], std::move(out.y));
  set(node.outputs[1], std::move(out.y16));
}

void ReferenceExecutor::norm_f16_quantize(const Node& node) {
  const std::vector<float>& gamma = state_.vector(node.weights[0]);
  const std::vector<float>& beta = state_.vector(node.weights[1]);
  const float eps = node.attributes.eps;
  const reference::Index scale_group = group(node, 1);
  reference::LayerNormF16Quantize out =
      node.op == Op::layer_norm_f16_quantize
          ? reference::layer_norm_f16_quantize(f32(node, 0), gamma, beta, eps, scale_group)
          : reference::add_layer_norm_f16_quantize(f32(node, 0), f16(node, 1), gamma, beta, eps,
                                                   scale_group);
  set(node.outputs[0], std::move(out.y));
  set(node.outputs[1], std::move(out.q));
}

void ReferenceExecutor::run_f16(const Node& node) {
  switch (node.op) {
    case Op::linear_f16_n16f25: {
      std::span<const float> bias;
      if (node.weights.size() > 1) bias = state_.vector(node.weights[1]);
      reference::MatrixF y =
          reference::linear_f16_n16f25(f16(node, 0), state_.halves(node.weights[0]), bias);
      if (value(node.outputs[0]).dtype == DType::f16)
        return set(node.outputs[0], reference::to_f16(y));
      return set(node.outputs[0], std::move(y));
    }
    case Op::gelu_f16:
      return set(node.outputs[0], reference::gelu_f16(f32(node, 0), gelu_form(node)));
    case Op::store_qkv_f16:
      return store_f16(node);
    case Op::attention_f16_n16f25:
      return attend_f16(node);
    case Op::layer_norm_f16_quantize:
    case Op::add_layer_norm_f16_quantize:
      return norm_f16_quantize(node);
    default:
      return norm_f16(node);
  }
}

}  // namespace zerocl
