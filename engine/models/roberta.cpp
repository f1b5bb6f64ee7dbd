// RoBERTa (Liu et al. 2019): BERT's encoder with positions after the padding id and its own heads.
#include "engine/models/family.h"

namespace zerocl {
namespace {

constexpr Architecture kArchitectures[] = {
    {"RobertaModel", HeadType::none},
    {"RobertaForMaskedLM", HeadType::masked_lm},
    {"RobertaForSequenceClassification", HeadType::sequence_classification}};

ModelConfig read_config(const JsonObject& json) {
  ModelConfig config = read_bert_like(json, Family::roberta, kArchitectures);
  config.position_pad_id = json.get_int_or("pad_token_id", 1, 0, config.vocabulary - 1);
  if (config.max_tokens() < 1)
    json.fail("max_position_embeddings", "leaves no position after pad_token_id");
  config.head_activation = Activation::gelu_erf;  // the masked-LM head's is fixed
  refuse_unknown_keys(json);
  return config;
}

TensorTable tensor_table(const ModelConfig& config) {
  TensorTable table = bert_like_encoder(config, "roberta.");
  if (config.head == HeadType::sequence_classification) {
    add_linear(table, "head.pooler", {"classifier.dense"}, config.hidden, config.hidden, false);
    add_linear(table, "head.classifier", {"classifier.out_proj"},
               static_cast<std::int64_t>(config.labels.size()), config.hidden, false);
  } else if (config.head == HeadType::masked_lm) {
    add_linear(table, "head.transform", {"lm_head.dense"}, config.hidden, config.hidden, false);
    add_norm(table, "head.norm", "lm_head.layer_norm", config.hidden, false);
    add_untied_decoder(table, config, "lm_head.decoder.weight");
    add_vector(table, "head.decoder.bias", {"lm_head.bias"}, config.vocabulary, false);
  }
  return table;
}

}  // namespace

const FamilyReader kRoberta = {"roberta", read_config, tensor_table};

}  // namespace zerocl
