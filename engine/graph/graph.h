#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "host/tensor.h"  // DType

namespace zerocl {

// What the rows of a value count; their number is known when a batch is.
enum class Rows {
  tokens,     // packed rows, one a token of the batch
  sequences,  // one a sequence
  outputs,    // the rows that the caller wants (last tokens, scored tokens, ...)
};

using ValueId = int;
inline constexpr ValueId kNoValue = -1;

// An edge of the graph. f32 and f16 values are matrices; i8 values are codes with scales
// (ops::Codes).
struct Value {
  std::string name;  // the producer's name, with a suffix where it has several outputs
  DType dtype = DType::f32;
  Rows rows = Rows::tokens;
  std::int64_t cols = 0;
  std::int64_t group = 0;  // i8: elements of a row that share a scale
};

// The operators of NUMERICS.md that a node can run.
enum class Op {
  embedding,
  quantize_tokens,
  linear_w8a8,
  linear_f32,
  linear_f32_fast,
  layer_norm,
  add_layer_norm,
  layer_norm_quantize,
  add_layer_norm_quantize,
  gelu,
  gelu_quantize,
  tanh,
  relu,
  quantize_qkv,
  store_kv,
  attention_i8,
  attention_f32,
  gather_rows,
  mean_pool,
  l2_normalize,
  layer_norm_f16,
  add_layer_norm_f16,
  layer_norm_f16_quantize,
  add_layer_norm_f16_quantize,
  gelu_f16,
  store_qkv_f16,
  linear_f16_n16f25,
  attention_f16_n16f25,
};
const char* op_name(Op op);

enum class Activation { gelu_erf, gelu_tanh, relu };
// Which rows gather_rows takes.
enum class Select { outputs, first_of_sequence };

// Numbers that belong to an operator (NUMERICS.md names them); each operator reads its own.
struct Attributes {
  float eps = 0;                           // layer norms
  float scale = 0;                         // attention: c
  bool causal = false;                     // attention
  Activation form = Activation::gelu_erf;  // gelu
  std::int64_t heads = 0, head_size = 0;   // attention, quantize_qkv, store_kv
  int cache_layer = 0;                     // which layer's key/value cache
  Select select = Select::outputs;         // gather_rows
};

// One operator application. `weights` are canonical names (models/tensor_table.h) in the order that
// the operator's section of NUMERICS.md lists them; a name ending in "?" may be absent from the
// model.
struct Node {
  std::string name;  // "layer.3.attention.qkv"
  Op op = Op::embedding;
  std::vector<ValueId> inputs;
  std::vector<ValueId> outputs;  // kNoValue: the output is not wanted
  std::vector<std::string> weights;
  Attributes attributes;
};

// The canonical name of a node's weight, without the '?' of one that may be absent.
std::string weight_name(const std::string& name);

// Nodes in execution order; every value has one producer.
struct Graph {
  std::vector<Value> values;
  std::vector<Node> nodes;
  ValueId output = kNoValue;

  // One line a node: name, operator, inputs, outputs with shapes. For `zerocl inspect`.
  std::string text() const;
};

// The value, and what gathers make of it or make it of: rows that are taken lie as they lay.
std::vector<ValueId> gathered_alike(const Graph& graph, ValueId id);

}  // namespace zerocl
