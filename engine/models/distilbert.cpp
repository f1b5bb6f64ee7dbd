// DistilBERT (Sanh et al. 2019): BERT without token types and pooler, other names.
#include <fmt/format.h>

#include "engine/models/family.h"

namespace zerocl {
namespace {

constexpr Architecture kArchitectures[] = {
    {"DistilBertModel", HeadType::none},
    {"DistilBertForMaskedLM", HeadType::masked_lm},
    {"DistilBertForSequenceClassification", HeadType::sequence_classification}};

ModelConfig read_config(const JsonObject& json) {
  ModelConfig config;
  config.family = Family::distilbert;
  read_architecture(json, kArchitectures, config);
  config.layers = json.get_int("n_layers", 1, 1000);
  config.hidden = json.get_int("dim", 1, kMaxDimension);
  config.heads = json.get_int("n_heads", 1, config.hidden);
  if (config.hidden % config.heads != 0)
    json.fail("n_heads", fmt::format("{} does not divide dim {}", config.heads, config.hidden));
  config.inner = json.get_int("hidden_dim", 1, kMaxDimension);
  config.vocabulary = json.get_int("vocab_size", 1, kMaxDimension * 16);
  config.positions = json.get_int("max_position_embeddings", 1, kMaxDimension);
  config.eps = 1e-12F;  // fixed in the model's code, no key
  config.activation = read_activation(json, "activation", "gelu");
  config.head_activation = config.activation;
  config.tied_embeddings = json.get_or("tie_word_embeddings", true);
  read_labels(json, config);
  refuse_unknown_keys(json);
  return config;
}

TensorTable tensor_table(const ModelConfig& config) {
  TensorTable table;
  table.prefix = "distilbert.";
  const std::int64_t h = config.hidden;
  add_table(table, "embedding.word.weight", "embeddings.word_embeddings.weight", config.vocabulary,
            h, TensorRole::word_table);
  add_table(table, "embedding.position.weight", "embeddings.position_embeddings.weight",
            config.positions, h, TensorRole::table);
  add_norm(table, "embedding.norm", "embeddings.LayerNorm", h, true);
  for (std::int64_t i = 0; i < config.layers; ++i) {
    const std::string from = fmt::format("transformer.layer.{}.", i);
    const std::string to = fmt::format("layer.{}.", i);
    add_linear(table, to + "attention.qkv",
               {from + "attention.q_lin", from + "attention.k_lin", from + "attention.v_lin"},
               3 * h, h, true);
    add_linear(table, to + "attention.output", {from + "attention.out_lin"}, h, h, true);
    add_norm(table, to + "attention.norm", from + "sa_layer_norm", h, true);
    add_linear(table, to + "mlp.fc1", {from + "ffn.lin1"}, config.inner, h, true);
    add_linear(table, to + "mlp.fc2", {from + "ffn.lin2"}, h, config.inner, true);
    add_norm(table, to + "mlp.norm", from + "output_layer_norm", h, true);
  }
  if (config.head == HeadType::sequence_classification) {
    add_linear(table, "head.pooler", {"pre_classifier"}, h, h, false);
    add_linear(table, "head.classifier", {"classifier"},
               static_cast<std::int64_t>(config.labels.size()), h, false);
  } else if (config.head == HeadType::masked_lm) {
    add_linear(table, "head.transform", {"vocab_transform"}, h, h, false);
    add_norm(table, "head.norm", "vocab_layer_norm", h, false);
    add_untied_decoder(table, config, "vocab_projector.weight");
    add_vector(table, "head.decoder.bias", {"vocab_projector.bias"}, config.vocabulary, false);
  }
  return table;
}

}  // namespace

const FamilyReader kDistilBert = {"distilbert", read_config, tensor_table};

}  // namespace zerocl
