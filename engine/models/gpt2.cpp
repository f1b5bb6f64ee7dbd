// GPT-2 (Radford et al. 2019). Its Conv1D modules store [inputs, outputs]: transposed on reading,
// so that ZeroQuant's row groups are groups of outputs and not slabs of inputs.
#include <fmt/format.h>

#include "engine/models/family.h"

namespace zerocl {
namespace {

constexpr Architecture kArchitectures[] = {{"GPT2LMHeadModel", HeadType::causal_lm},
                                           {"GPT2Model", HeadType::none}};

ModelConfig read_config(const JsonObject& json) {
  ModelConfig config;
  config.family = Family::gpt2;
  read_architecture(json, kArchitectures, config);
  config.layers = json.get_int("n_layer", 1, 1000);
  config.hidden = json.get_int("n_embd", 1, kMaxDimension);
  config.heads = json.get_int("n_head", 1, config.hidden);
  if (config.hidden % config.heads != 0)
    json.fail("n_head", fmt::format("{} does not divide n_embd {}", config.heads, config.hidden));
  config.inner = json.get_int_or("n_inner", 4 * config.hidden, 1, 4 * kMaxDimension);
  config.vocabulary = json.get_int("vocab_size", 1, kMaxDimension * 16);
  config.positions = json.get_int("n_positions", 1, kMaxDimension);
  config.eps = read_eps(json, "layer_norm_epsilon", 1e-5F);
  config.activation = read_activation(json, "activation_function", "gelu_new");
  config.scale_attention = json.get_or("scale_attn_weights", true);
  config.scale_by_inverse_layer = json.get_or("scale_attn_by_inverse_layer_idx", false);
  config.tied_embeddings = json.get_or("tie_word_embeddings", true);
  require_false(json, "add_cross_attention");
  refuse_unknown_keys(json);
  return config;
}

TensorTable tensor_table(const ModelConfig& config) {
  TensorTable table;
  table.prefix = "transformer.";
  const std::int64_t h = config.hidden;
  add_table(table, "embedding.word.weight", "wte.weight", config.vocabulary, h,
            TensorRole::word_table);
  add_table(table, "embedding.position.weight", "wpe.weight", config.positions, h,
            TensorRole::table);
  for (std::int64_t i = 0; i < config.layers; ++i) {
    const std::string from = fmt::format("h.{}.", i);
    const std::string to = fmt::format("layer.{}.", i);
    const bool transposed = true;
    add_norm(table, to + "attention.norm", from + "ln_1", h, true);
    add_linear(table, to + "attention.qkv", {from + "attn.c_attn"}, 3 * h, h, true, transposed);
    add_linear(table, to + "attention.output", {from + "attn.c_proj"}, h, h, true, transposed);
    add_norm(table, to + "mlp.norm", from + "ln_2", h, true);
    add_linear(table, to + "mlp.fc1", {from + "mlp.c_fc"}, config.inner, h, true, transposed);
    add_linear(table, to + "mlp.fc2", {from + "mlp.c_proj"}, h, config.inner, true, transposed);
  }
  add_norm(table, "final.norm", "ln_f", h, true);
  if (config.head == HeadType::causal_lm) add_untied_decoder(table, config, "lm_head.weight");
  return table;
}

}  // namespace

const FamilyReader kGpt2 = {"gpt2", read_config, tensor_table};

}  // namespace zerocl
