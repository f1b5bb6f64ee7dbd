#pragma once

#include "engine/checkpoint/quantization_config.h"  // QuantizationConfig
#include "engine/graph/graph.h"
#include "engine/models/model_config.h"

namespace zerocl {

// What the graph ends in.
enum class Task {
  forward,    // the architecture's own output: hidden states, or its head's logits
  embedding,  // one vector a sentence: hidden states, pooled, normalized where the model says so
  hidden,     // hidden states, whatever head the model has
};

struct GraphOptions {
  bool fast_f32 = false;  // linear_f32_fast (CLBlast, bits not defined) in place of linear_f32
  Pooling pooling = Pooling::mean;
  bool normalize = false;
};

// The model's operators for a task, with the types of every edge. Which module runs in INT8 follows
// from `quantization` alone (an empty module list is the float32 model).
Graph build_graph(const ModelConfig& config, const QuantizationConfig& quantization, Task task,
                  const GraphOptions& options);

}  // namespace zerocl
