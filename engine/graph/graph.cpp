#include "engine/graph/graph.h"

#include <fmt/format.h>

namespace zerocl {
namespace {

const char* rows_name(Rows rows) {
  switch (rows) {
    case Rows::tokens:
      return "T";
    case Rows::sequences:
      return "S";
    case Rows::outputs:
      return "O";
  }
  return "?";
}

std::string describe(const Value& value) {
  if (value.dtype != DType::i8)
    return fmt::format("{}[{},{}]", dtype_name(value.dtype), rows_name(value.rows), value.cols);
  return fmt::format("i8[{},{}]/{}", rows_name(value.rows), value.cols, value.group);
}

}  // namespace

const char* op_name(Op op) {
  switch (op) {
    case Op::embedding:
      return "embedding";
    case Op::quantize_tokens:
      return "quantize_tokens";
    case Op::linear_w8a8:
      return "linear_w8a8";
    case Op::linear_f32:
      return "linear_f32";
    case Op::linear_f32_fast:
      return "linear_f32_fast";
    case Op::layer_norm:
      return "layer_norm";
    case Op::add_layer_norm:
      return "add_layer_norm";
    case Op::layer_norm_quantize:
      return "layer_norm_quantize";
    case Op::add_layer_norm_quantize:
      return "add_layer_norm_quantize";
    case Op::gelu:
      return "gelu";
    case Op::gelu_quantize:
      return "gelu_quantize";
    case Op::tanh:
      return "tanh";
    case Op::relu:
      return "relu";
    case Op::quantize_qkv:
      return "quantize_qkv";
    case Op::store_kv:
      return "store_kv";
    case Op::attention_i8:
      return "attention_i8";
    case Op::attention_f32:
      return "attention_f32";
    case Op::gather_rows:
      return "gather_rows";
    case Op::mean_pool:
      return "mean_pool";
    case Op::l2_normalize:
      return "l2_normalize";
    case Op::layer_norm_f16:
      return "layer_norm_f16";
    case Op::add_layer_norm_f16:
      return "add_layer_norm_f16";
    case Op::layer_norm_f16_quantize:
      return "layer_norm_f16_quantize";
    case Op::add_layer_norm_f16_quantize:
      return "add_layer_norm_f16_quantize";
    case Op::gelu_f16:
      return "gelu_f16";
    case Op::store_qkv_f16:
      return "store_qkv_f16";
    case Op::linear_f16_n16f25:
      return "linear_f16_n16f25";
    case Op::attention_f16_n16f25:
      return "attention_f16_n16f25";
  }
  return "?";
}

std::string weight_name(const std::string& name) {
  return name.ends_with('?') ? name.substr(0, name.size() - 1) : name;
}

std::vector<ValueId> gathered_alike(const Graph& graph, ValueId id) {
  std::vector<ValueId> alike = {id};
  for (const Node& node : graph.nodes)
    for (std::size_t i = 0; node.op == Op::gather_rows && i < node.inputs.size(); ++i) {
      if (node.inputs[i] == id) alike.push_back(node.outputs[i]);
      if (node.outputs[i] == id) alike.push_back(node.inputs[i]);
    }
  return alike;
}

std::string Graph::text() const {
  std::string out;
  for (const Node& node : nodes) {
    out += fmt::format("{:<32} {:<24}", node.name, op_name(node.op));
    for (ValueId id : node.inputs)
      out += fmt::format(" {}", values[static_cast<std::size_t>(id)].name);
    out += " ->";
    for (ValueId id : node.outputs)
      if (id != kNoValue) out += fmt::format(" {}", describe(values[static_cast<std::size_t>(id)]));
    out += "\n";
  }
  return out;
}

}  // namespace zerocl
