#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/checkpoint/checkpoint.h"
#include "engine/checkpoint/json_file.h"
#include "engine/checkpoint/quantization_config.h"
#include "engine/checkpoint/sentence_transformers.h"

namespace zerocl {

// A Hugging Face model directory: config.json, the weights in model.safetensors or in the shards
// that model.safetensors.index.json lists, and optional files. Everything in it is untrusted. Links
// are followed (the hub's own cache is made of them), but no file's content can name a path: shards
// and modules are plain names inside the directory.
class ModelDir {
 public:
  // Opens and checks everything but the tensors' data and the tokenizer's files. Throws Error
  // naming the file at fault.
  explicit ModelDir(const std::filesystem::path& path);

  const std::filesystem::path& path() const noexcept { return path_; }
  const JsonObject& config() const noexcept { return config_; }
  const std::optional<JsonObject>& generation_config() const noexcept { return generation_config_; }
  // The record of a model that zerocl quantized; other methods' records are an Error already.
  const std::optional<QuantizationConfig>& quantization() const noexcept { return quantization_; }
  const std::optional<SentenceTransformer>& sentence_transformer() const noexcept {
    return sentence_transformer_;
  }

  // The tensors; the prefixes are those of Checkpoint.
  Checkpoint checkpoint(std::vector<std::string> prefixes = {}) const {
    return checkpoint_.with_prefixes(std::move(prefixes));
  }

  // The path of a file of the directory where it is there, e.g. "tokenizer.json".
  std::optional<std::filesystem::path> find_file(std::string_view name) const;

  // What a quantized copy of the model takes over unchanged: tokenizer, generation, sentence
  // transformer and licence files that are there, relative to path(), sorted.
  std::vector<std::string> files_to_copy() const;

 private:
  std::filesystem::path path_;
  JsonObject config_;
  std::optional<JsonObject> generation_config_;
  std::optional<QuantizationConfig> quantization_;
  std::optional<SentenceTransformer> sentence_transformer_;
  Checkpoint checkpoint_;
};

}  // namespace zerocl
