#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/models/model_config.h"

namespace zerocl {

enum class TensorRole {
  linear_weight,  // [N, K], may be quantized
  vector,         // bias, gamma, beta
  word_table,     // [V, K], may be INT8 per row
  table,          // other embedding tables
};

// One tensor of the engine and where a checkpoint keeps it.
struct TensorSpec {
  std::string name;                  // canonical: "layer.0.attention.qkv.weight"
  std::vector<std::string> sources;  // names in the checkpoint without the family's prefix; several
                                     // are stacked by rows (query, key, value)
  std::int64_t rows = 0,
               cols = 0;  // logical shape; vectors: 1 x n. Rows of each source: rows / sources
  TensorRole role = TensorRole::vector;
  bool transposed = false;  // the checkpoint stores [K, N] (GPT-2's Conv1D)
  bool base = true;         // part of the base model (the prefix may precede it), not of a head
  // The module that quantization_config names: the canonical name without ".weight".
  std::string module() const { return name.substr(0, name.rfind('.')); }
};

// What a family knows: how its tensors are called, one row a tensor (engine/models/<family>.cpp).
struct TensorTable {
  std::string prefix;  // "bert." : base tensors may carry it or not
  std::vector<TensorSpec> tensors;

  const TensorSpec* find(const std::string& name) const;
};

}  // namespace zerocl
