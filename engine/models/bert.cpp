// BERT (Devlin et al. 2018) as Hugging Face stores it; RoBERTa's encoder is the same.
#include <fmt/format.h>

#include "engine/models/family.h"

namespace zerocl {
namespace {

constexpr Architecture kArchitectures[] = {
    {"BertModel", HeadType::none},
    {"BertForMaskedLM", HeadType::masked_lm},
    {"BertForSequenceClassification", HeadType::sequence_classification}};

ModelConfig read_config(const JsonObject& json) {
  ModelConfig config = read_bert_like(json, Family::bert, kArchitectures);
  config.head_activation = config.activation;
  refuse_unknown_keys(json);
  return config;
}

TensorTable tensor_table(const ModelConfig& config) {
  TensorTable table = bert_like_encoder(config, "bert.");
  if (config.head == HeadType::sequence_classification) {
    add_linear(table, "head.pooler", {"pooler.dense"}, config.hidden, config.hidden, true);
    add_linear(table, "head.classifier", {"classifier"},
               static_cast<std::int64_t>(config.labels.size()), config.hidden, false);
  } else if (config.head == HeadType::masked_lm) {
    add_linear(table, "head.transform", {"cls.predictions.transform.dense"}, config.hidden,
               config.hidden, false);
    add_norm(table, "head.norm", "cls.predictions.transform.LayerNorm", config.hidden, false);
    add_untied_decoder(table, config, "cls.predictions.decoder.weight");
    add_vector(table, "head.decoder.bias", {"cls.predictions.bias"}, config.vocabulary, false);
  }
  return table;
}

}  // namespace

const FamilyReader kBert = {"bert", read_config, tensor_table};

ModelConfig read_bert_like(const JsonObject& json, Family family,
                           std::span<const Architecture> known) {
  ModelConfig config;
  config.family = family;
  read_architecture(json, known, config);
  config.layers = json.get_int("num_hidden_layers", 1, 1000);
  config.hidden = json.get_int("hidden_size", 1, kMaxDimension);
  config.heads = json.get_int("num_attention_heads", 1, config.hidden);
  if (config.hidden % config.heads != 0)
    json.fail("num_attention_heads",
              fmt::format("{} does not divide hidden_size {}", config.heads, config.hidden));
  config.inner = json.get_int("intermediate_size", 1, kMaxDimension);
  config.vocabulary = json.get_int("vocab_size", 1, kMaxDimension * 16);
  config.positions = json.get_int("max_position_embeddings", 1, kMaxDimension);
  config.types = json.get_int_or("type_vocab_size", 2, 1, kMaxDimension);
  config.eps = read_eps(json, "layer_norm_eps", 1e-12F);
  config.activation = read_activation(json, "hidden_act", "gelu");
  config.tied_embeddings = json.get_or("tie_word_embeddings", true);
  if (json.get_or("position_embedding_type", "absolute") != "absolute")
    json.fail("position_embedding_type", "only \"absolute\" is supported");
  require_false(json, "is_decoder");
  require_false(json, "add_cross_attention");
  if (json.has("pruned_heads") && !json.object("pruned_heads").keys().empty())
    json.fail("pruned_heads", "pruned heads are not supported");
  if (json.has("embedding_size") && json.get<std::int64_t>("embedding_size") != config.hidden)
    json.fail("embedding_size", "must equal hidden_size");
  read_labels(json, config);
  return config;
}

TensorTable bert_like_encoder(const ModelConfig& config, const std::string& prefix) {
  TensorTable table;
  table.prefix = prefix;
  const std::int64_t h = config.hidden;
  add_table(table, "embedding.word.weight", "embeddings.word_embeddings.weight", config.vocabulary,
            h, TensorRole::word_table);
  add_table(table, "embedding.type.weight", "embeddings.token_type_embeddings.weight", config.types,
            h, TensorRole::table);
  add_table(table, "embedding.position.weight", "embeddings.position_embeddings.weight",
            config.positions, h, TensorRole::table);
  add_norm(table, "embedding.norm", "embeddings.LayerNorm", h, true);
  for (std::int64_t i = 0; i < config.layers; ++i) {
    const std::string from = fmt::format("encoder.layer.{}.", i);
    const std::string to = fmt::format("layer.{}.", i);
    add_linear(
        table, to + "attention.qkv",
        {from + "attention.self.query", from + "attention.self.key", from + "attention.self.value"},
        3 * h, h, true);
    add_linear(table, to + "attention.output", {from + "attention.output.dense"}, h, h, true);
    add_norm(table, to + "attention.norm", from + "attention.output.LayerNorm", h, true);
    add_linear(table, to + "mlp.fc1", {from + "intermediate.dense"}, config.inner, h, true);
    add_linear(table, to + "mlp.fc2", {from + "output.dense"}, h, config.inner, true);
    add_norm(table, to + "mlp.norm", from + "output.LayerNorm", h, true);
  }
  return table;
}

}  // namespace zerocl
