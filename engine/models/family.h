#pragma once

#include <span>
#include <string>

#include "engine/checkpoint/json_object.h"
#include "engine/models/model_config.h"
#include "engine/models/tensor_table.h"

namespace zerocl {

// What the engine must know of a model family; one per file (bert.cpp, gpt2.cpp, ...).
struct FamilyReader {
  const char* model_type;  // config.json's "model_type"
  // The family's config.json in this engine's terms. Throws Error naming file and key for values
  // that are missing, malformed or change the mathematics in a way that is not supported.
  ModelConfig (*read_config)(const JsonObject& json);
  TensorTable (*tensor_table)(const ModelConfig& config);
};

extern const FamilyReader kBert, kDistilBert, kRoberta, kGpt2;

// The family of a config.json. Throws Error listing the supported ones.
const FamilyReader& find_family(const JsonObject& config);

// Helpers that the families share.

// Far above any model; keeps products of dimensions in range.
inline constexpr std::int64_t kMaxDimension = 1 << 20;

// The head that "architectures" names, out of those that the family has, e.g. {"BertModel", none}.
struct Architecture {
  const char* name;
  HeadType head;
};
void read_architecture(const JsonObject& json, std::span<const Architecture> known,
                       ModelConfig& config);
Activation read_activation(const JsonObject& json, const char* key, const char* fallback);
// A layer norm's epsilon, from 0 to 1.
float read_eps(const JsonObject& json, const char* key, float fallback);
// "id2label" (or "num_labels", 2 by default) and "problem_type".
void read_labels(const JsonObject& json, ModelConfig& config);
// Refuses `key` unless it is absent or `value`.
void require_false(const JsonObject& json, const char* key);
// Marks the keys that change no bit of inference (dropout, training, generation defaults) as read
// and refuses every key that is left: what is not understood might change the mathematics.
void refuse_unknown_keys(const JsonObject& json);

// weight [rows, cols] and bias [rows] of a linear module, possibly stacked from several sources.
void add_linear(TensorTable& table, const std::string& name, std::vector<std::string> sources,
                std::int64_t rows, std::int64_t cols, bool base, bool transposed = false);
void add_norm(TensorTable& table, const std::string& name, const std::string& source,
              std::int64_t cols, bool base);
void add_table(TensorTable& table, const std::string& name, const std::string& source,
               std::int64_t rows, std::int64_t cols, TensorRole role);
void add_vector(TensorTable& table, const std::string& name, std::vector<std::string> sources,
                std::int64_t cols, bool base);

// The language-model head's own matrix, where it is not the word table.
void add_untied_decoder(TensorTable& table, const ModelConfig& config, const std::string& source);

// The encoder's config and tensors that BERT and RoBERTa share.
ModelConfig read_bert_like(const JsonObject& json, Family family,
                           std::span<const Architecture> known);
TensorTable bert_like_encoder(const ModelConfig& config, const std::string& prefix);

}  // namespace zerocl
