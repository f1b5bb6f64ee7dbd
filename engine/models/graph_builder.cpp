#include "engine/models/graph_builder.h"

#include <fmt/format.h>

#include "host/error.h"

namespace zerocl {

const ModuleQuantization* GraphBuilder::quantized(const std::string& module) const {
  const auto it = quantization_.modules.find(module);
  return it == quantization_.modules.end() ? nullptr : &it->second;
}

bool GraphBuilder::half_residuals() const {
  if (config_.causal()) return false;
  const auto first = quantization_.modules.lower_bound("layer.");
  return quantization_.attention == "f16" ||
         (first != quantization_.modules.end() && first->first.starts_with("layer."));
}

std::int64_t GraphBuilder::activation_group(const ModuleQuantization& module,
                                            std::int64_t cols) const {
  return module.activation_scale == ModuleQuantization::ActivationScale::k_groups
             ? std::min<std::int64_t>(module.activation_group_size, cols)
             : cols;
}

ValueId GraphBuilder::add_value(std::string name, DType dtype, Rows rows, std::int64_t cols,
                                std::int64_t group) {
  graph_.values.push_back({std::move(name), dtype, rows, cols, group});
  return static_cast<ValueId>(graph_.values.size()) - 1;
}

Node& GraphBuilder::add_node(std::string name, Op op, std::vector<ValueId> inputs,
                             std::vector<ValueId> outputs, std::vector<std::string> weights) {
  graph_.nodes.push_back(
      {std::move(name), op, std::move(inputs), std::move(outputs), std::move(weights), {}});
  return graph_.nodes.back();
}

ValueId GraphBuilder::embedding() {
  const ValueId y = add_value("embedding", DType::f32, Rows::tokens, config_.hidden);
  std::vector<std::string> weights = {"embedding.word.weight", "embedding.type.weight?",
                                      "embedding.position.weight?"};
  add_node("embedding", Op::embedding, {}, {y}, std::move(weights));
  return y;
}

ValueId GraphBuilder::linear(const std::string& module, Hidden x, std::int64_t outputs, bool bias,
                             bool to_sum) {
  std::vector<std::string> weights = {module + ".weight"};
  if (bias) weights.push_back(module + ".bias");
  if (half(module)) {
    const DType dtype = to_sum ? DType::f16 : DType::f32;
    const ValueId y = add_value(module, dtype, value(x.f16).rows, outputs);
    add_node(module, Op::linear_f16_n16f25, {x.f16}, {y}, std::move(weights));
    return y;
  }
  const bool int8 = quantized(module) != nullptr;
  const ValueId input = int8 ? x.codes : x.f32;
  const ValueId y = add_value(module, DType::f32, value(input).rows, outputs);
  const Op op = int8 ? Op::linear_w8a8 : options_.fast_f32 ? Op::linear_f32_fast : Op::linear_f32;
  add_node(module, op, {input}, {y}, std::move(weights));
  return y;
}

GraphBuilder::Normed GraphBuilder::norm(const std::string& name, ValueId x,
                                        std::optional<ValueId> residual,
                                        const std::string& consumer, bool keep, bool want_sum) {
  if (half_residuals() && (residual || !consumer.empty()))
    return norm_f16(name, x, residual, consumer);
  const Rows rows = value(x).rows;
  const std::int64_t cols = value(x).cols;
  const ModuleQuantization* module = quantized(consumer);
  Normed out;
  if (keep || !module) out.y.f32 = add_value(name, DType::f32, rows, cols);
  if (module)
    out.y.codes =
        add_value(name + ".codes", DType::i8, rows, cols, activation_group(*module, cols));
  if (residual && want_sum) out.sum = add_value(name + ".sum", DType::f32, rows, cols);

  std::vector<ValueId> inputs = {x}, outputs;
  if (residual) {
    inputs.push_back(*residual);
    outputs.push_back(out.sum);
  }
  outputs.push_back(out.y.f32);
  if (module) outputs.push_back(out.y.codes);
  const Op op = residual ? (module ? Op::add_layer_norm_quantize : Op::add_layer_norm)
                         : (module ? Op::layer_norm_quantize : Op::layer_norm);
  add_node(name, op, std::move(inputs), std::move(outputs), {name + ".weight", name + ".bias"})
      .attributes.eps = config_.eps;
  return out;
}

// The result is the next residual, in f16, but for the last norm's; codes or floats beside it are
// for a module that does not read f16.
GraphBuilder::Normed GraphBuilder::norm_f16(const std::string& name, ValueId x,
                                            std::optional<ValueId> residual,
                                            const std::string& consumer) {
  const Rows rows = value(x).rows;
  const std::int64_t cols = value(x).cols;
  const ModuleQuantization* module = quantized(consumer);
  const bool last = consumer.empty();
  Normed out;
  if (!last) out.y.f16 = add_value(name, DType::f16, rows, cols);
  if (module)
    out.y.codes =
        add_value(name + ".codes", DType::i8, rows, cols, activation_group(*module, cols));
  else if (!half(consumer))
    out.y.f32 = add_value(last ? name : name + ".f32", DType::f32, rows, cols);
  std::vector<ValueId> inputs = {x}, outputs = {out.y.f32, out.y.f16};
  if (residual) inputs.push_back(*residual);
  if (module) outputs = {out.y.f16, out.y.codes};
  const Op op = residual ? (module ? Op::add_layer_norm_f16_quantize : Op::add_layer_norm_f16)
                         : (module ? Op::layer_norm_f16_quantize : Op::layer_norm_f16);
  add_node(name, op, std::move(inputs), std::move(outputs), {name + ".weight", name + ".bias"})
      .attributes.eps = config_.eps;
  return out;
}

ValueId GraphBuilder::quantize(const std::string& name, ValueId x,
                               const ModuleQuantization& module) {
  const Value from = value(x);
  const ValueId codes =
      add_value(name, DType::i8, from.rows, from.cols, activation_group(module, from.cols));
  add_node(name, Op::quantize_tokens, {x}, {codes});
  return codes;
}

Hidden GraphBuilder::activation(const std::string& name, ValueId x, Activation form,
                                const std::string& consumer) {
  const Value from = value(x);
  const ModuleQuantization* module = quantized(consumer);
  if (half(consumer)) {
    if (form == Activation::relu)
      throw Error("scheme f16 runs models whose activation is gelu; this one's is relu");
    Hidden y;
    y.f16 = add_value(name, DType::f16, from.rows, from.cols);
    add_node(name, Op::gelu_f16, {x}, {y.f16}).attributes.form = form;
    return y;
  }
  if (form == Activation::relu) {
    const ValueId y = unary(name, Op::relu, x);
    return {y, module ? quantize(name + ".codes", y, *module) : kNoValue, kNoValue};
  }
  Hidden y;
  if (module)
    y.codes = add_value(name + ".codes", DType::i8, from.rows, from.cols,
                        activation_group(*module, from.cols));
  else
    y.f32 = add_value(name, DType::f32, from.rows, from.cols);
  add_node(name, module ? Op::gelu_quantize : Op::gelu, {x}, {module ? y.codes : y.f32})
      .attributes.form = form;
  return y;
}

Hidden GraphBuilder::attention(std::int64_t layer, ValueId qkv, const std::string& consumer) {
  const std::string name = fmt::format("layer.{}.attention", layer);
  Attributes attributes;
  attributes.scale = config_.attention_scale(layer);
  attributes.causal = config_.causal();
  attributes.heads = config_.heads;
  attributes.head_size = config_.head_size();
  // An encoder needs no keys after its layer: all layers share one cache.
  attributes.cache_layer = config_.causal() ? static_cast<int>(layer) : 0;

  if (quantization_.attention == "f16") {
    const ValueId q = add_value(name + ".q", DType::f16, Rows::tokens, config_.hidden);
    add_node(name + ".store", Op::store_qkv_f16, {qkv}, {q}).attributes = attributes;
    Hidden y;
    y.f16 = add_value(name, DType::f16, Rows::tokens, config_.hidden);
    add_node(name, Op::attention_f16_n16f25, {q}, {y.f16}).attributes = attributes;
    return y;
  }
  const ValueId context = add_value(name, DType::f32, Rows::tokens, config_.hidden);
  if (quantization_.attention == "i8") {
    const ValueId q =
        add_value(name + ".q", DType::i8, Rows::tokens, config_.hidden, config_.head_size());
    add_node(name + ".quantize", Op::quantize_qkv, {qkv}, {q}).attributes = attributes;
    add_node(name, Op::attention_i8, {q}, {context}).attributes = attributes;
  } else {
    add_node(name + ".store", Op::store_kv, {qkv}, {}).attributes = attributes;
    add_node(name, Op::attention_f32, {qkv}, {context}).attributes = attributes;
  }
  const ModuleQuantization* module = quantized(consumer);
  return {context, module ? quantize(name + ".codes", context, *module) : kNoValue, kNoValue};
}

ValueId GraphBuilder::unary(const std::string& name, Op op, ValueId x) {
  const Value from = value(x);
  const ValueId y = add_value(name, DType::f32, from.rows, from.cols);
  add_node(name, op, {x}, {y});
  return y;
}

ValueId GraphBuilder::gathered(const std::string& name, ValueId x, Select select) {
  const Rows rows = select == Select::outputs ? Rows::outputs : Rows::sequences;
  const Value from = value(x);
  return add_value(name, from.dtype, rows, from.cols, from.group);
}

ValueId GraphBuilder::gather(const std::string& name, ValueId x, Select select) {
  const ValueId y = gathered(name, x, select);
  add_node(name, Op::gather_rows, {x}, {y}).attributes.select = select;
  return y;
}

GraphBuilder::Attended GraphBuilder::gather(const std::string& name, const Attended& x,
                                            Select select) {
  ValueId Hidden::*const form = x.context.codes != kNoValue ? &Hidden::codes
                                : x.context.f16 != kNoValue ? &Hidden::f16
                                                            : &Hidden::f32;
  const ValueId from = x.context.*form;
  Attended y;
  y.context.*form = gathered(name, from, select);
  y.residual = gathered(name + ".residual", x.residual, select);
  Node& node = add_node(name, Op::gather_rows, {from, x.residual}, {y.context.*form, y.residual});
  node.attributes.select = select;
  return y;
}

ValueId GraphBuilder::mean_pool(const std::string& name, ValueId x) {
  const ValueId y = add_value(name, DType::f32, Rows::sequences, value(x).cols);
  add_node(name, Op::mean_pool, {x}, {y});
  return y;
}

Graph GraphBuilder::finish(ValueId output) {
  graph_.output = output;
  return std::move(graph_);
}

}  // namespace zerocl
