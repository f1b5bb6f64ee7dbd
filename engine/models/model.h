#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "engine/checkpoint/model_dir.h"
#include "engine/checkpoint/quantization_config.h"
#include "engine/models/build_graph.h"
#include "engine/models/model_config.h"
#include "engine/models/tensor_table.h"
#include "engine/tokenizer/tokenizer.h"

namespace zerocl {

// A model directory, understood: configuration, tensor table, quantization, tokenizer. Holds no
// weights (they stream from disk to a device, engine/models/weights.h) and no device; immutable and
// shared by every session that runs it.
class Model {
 public:
  // Reads a Hugging Face directory, quantized by `zerocl quantize` or not. Throws Error naming the
  // file and the key or tensor that is missing, malformed or not supported.
  static std::shared_ptr<const Model> open(const std::filesystem::path& dir);

  const std::filesystem::path& path() const { return dir_.path(); }
  const ModelDir& dir() const { return dir_; }
  const ModelConfig& config() const { return config_; }
  const TensorTable& tensors() const { return tensors_; }
  const QuantizationConfig& quantization() const { return quantization_; }
  // Throws Error if the directory has no tokenizer (tensors alone run with ids).
  const Tokenizer& tokenizer() const;
  bool has_tokenizer() const { return tokenizer_ != nullptr; }
  // The scheme that `quantize` wrote, "f32" for an unquantized directory.
  const std::string& scheme() const { return quantization_.scheme; }

  Graph graph(Task task, const GraphOptions& options) const {
    return build_graph(config_, quantization_, task, options);
  }

 private:
  explicit Model(ModelDir dir) : dir_(std::move(dir)) {}

  ModelDir dir_;
  ModelConfig config_;
  TensorTable tensors_;
  QuantizationConfig quantization_;
  std::unique_ptr<Tokenizer> tokenizer_;
  std::string tokenizer_error_;
};

}  // namespace zerocl
