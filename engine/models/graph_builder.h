#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/models/build_graph.h"

namespace zerocl {

// A matrix of activations as its consumers want it: floats (for residuals and float modules), codes
// (for INT8 modules), or both; f16 for residuals of encoders whose layers are quantized, and for
// f16 modules.
struct Hidden {
  ValueId f32 = kNoValue;
  ValueId codes = kNoValue;
  ValueId f16 = kNoValue;
  // What a residual sum reads.
  ValueId residual() const { return f16 == kNoValue ? f32 : f16; }
};

// Puts nodes together and keeps the one rule that all families share: an activation is quantized by
// the operator that produces it, in the way that its consumer module asks for.
class GraphBuilder {
 public:
  GraphBuilder(const ModelConfig& config, const QuantizationConfig& quantization,
               const GraphOptions& options)
      : config_(config), quantization_(quantization), options_(options) {}

  const ModelConfig& config() const { return config_; }
  const GraphOptions& options() const { return options_; }

  // y = word + type + position rows, f32 [T, hidden].
  ValueId embedding();
  // x W^T + bias: linear_w8a8 where `module` is quantized, linear_f16_n16f25 in f16 layers, else
  // linear_f32. [rows, cols]. to_sum: the result goes into a residual sum, which f16 layers make of
  // f16.
  ValueId linear(const std::string& module, Hidden x, std::int64_t outputs, bool bias = true,
                 bool to_sum = false);
  // Layer norm `name` of x, or of x + *residual; the result in the form that the module `consumer`
  // reads ("" : floats). keep: also as the next residual, in floats; where half_residuals() says
  // so it is in f16, and is kept for every consumer but "". sum: also the sum itself (pre-norm
  // residual).
  struct Normed {
    Hidden y;
    ValueId sum = kNoValue;
  };
  Normed norm(const std::string& name, ValueId x, std::optional<ValueId> residual,
              const std::string& consumer, bool keep, bool want_sum);
  // The activation function, in the form that `consumer` reads.
  Hidden activation(const std::string& name, ValueId x, Activation form,
                    const std::string& consumer);
  // Attention of one layer: qkv f32 [T, 3 hidden] to context, in the form that `consumer` reads.
  Hidden attention(std::int64_t layer, ValueId qkv, const std::string& consumer);
  ValueId unary(const std::string& name, Op op, ValueId x);
  ValueId gather(const std::string& name, ValueId x, Select select);
  // What a layer's attention leaves: its context, and what the output product of that is added to.
  // Of the context the form that the product reads is taken.
  struct Attended {
    Hidden context;
    ValueId residual = kNoValue;
  };
  Attended gather(const std::string& name, const Attended& x, Select select);
  ValueId mean_pool(const std::string& name, ValueId x);

  Graph finish(ValueId output);

 private:
  const ModuleQuantization* quantized(const std::string& module) const;
  // Whether a module runs in f16.
  bool half(const std::string& module) const {
    return quantization_.attention == "f16" && module.starts_with("layer.");
  }
  // Whether the norms of an encoder's layers keep their results, the next residuals, in f16: where
  // its layers run in INT8, as in ZeroQuant, or in f16.
  bool half_residuals() const;
  Normed norm_f16(const std::string& name, ValueId x, std::optional<ValueId> residual,
                  const std::string& consumer);
  std::int64_t activation_group(const ModuleQuantization& module, std::int64_t cols) const;
  const Value& value(ValueId id) const { return graph_.values[static_cast<std::size_t>(id)]; }
  ValueId add_value(std::string name, DType dtype, Rows rows, std::int64_t cols,
                    std::int64_t group = 0);
  ValueId quantize(const std::string& name, ValueId x, const ModuleQuantization& module);
  // A value for the rows of x that are taken.
  ValueId gathered(const std::string& name, ValueId x, Select select);
  Node& add_node(std::string name, Op op, std::vector<ValueId> inputs, std::vector<ValueId> outputs,
                 std::vector<std::string> weights = {});

  const ModelConfig& config_;
  const QuantizationConfig& quantization_;
  GraphOptions options_;
  Graph graph_;
};

}  // namespace zerocl
