#include "engine/models/family.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "host/error.h"

namespace zerocl {
namespace {

// Keys of Hugging Face configs that say nothing about the arithmetic of inference: names and
// versions, training, dropout (off in inference), text-generation defaults, what other programs
// keep there.
constexpr std::array kHarmlessKeys = {"_name_or_path",
                                      "architectures",
                                      "attention_dropout",
                                      "attention_probs_dropout_prob",
                                      "attn_pdrop",
                                      "bad_words_ids",
                                      "begin_suppress_tokens",
                                      "bos_token_id",
                                      "chunk_size_feed_forward",
                                      "classifier_dropout",
                                      "cross_attention_hidden_size",
                                      "decoder_start_token_id",
                                      "diversity_penalty",
                                      "do_sample",
                                      "dropout",
                                      "dtype",
                                      "early_stopping",
                                      "embd_pdrop",
                                      "encoder_no_repeat_ngram_size",
                                      "eos_token_id",
                                      "exponential_decay_length_penalty",
                                      "finetuning_task",
                                      "forced_bos_token_id",
                                      "forced_eos_token_id",
                                      "gradient_checkpointing",
                                      "hidden_dropout_prob",
                                      "initializer_range",
                                      "is_encoder_decoder",
                                      "label2id",
                                      "length_penalty",
                                      "max_length",
                                      "min_length",
                                      "model_type",
                                      "n_ctx",
                                      "no_repeat_ngram_size",
                                      "num_beam_groups",
                                      "num_beams",
                                      "num_return_sequences",
                                      "output_attentions",
                                      "output_hidden_states",
                                      "output_past",
                                      "output_scores",
                                      "pad_token_id",
                                      "prefix",
                                      "qa_dropout",
                                      "quantization_config",
                                      "remove_invalid_values",
                                      "reorder_and_upcast_attn",
                                      "repetition_penalty",
                                      "resid_pdrop",
                                      "return_dict",
                                      "return_dict_in_generate",
                                      "sep_token_id",
                                      "seq_classif_dropout",
                                      "sinusoidal_pos_embds",
                                      "summary_activation",
                                      "summary_first_dropout",
                                      "summary_proj_to_labels",
                                      "summary_type",
                                      "summary_use_proj",
                                      "suppress_tokens",
                                      "task_specific_params",
                                      "temperature",
                                      "tie_encoder_decoder",
                                      "tie_weights_",
                                      "tokenizer_class",
                                      "top_k",
                                      "top_p",
                                      "torch_dtype",
                                      "torchscript",
                                      "transformers_version",
                                      "typical_p",
                                      "use_bfloat16",
                                      "use_cache",
                                      "_attn_implementation_autoset",
                                      "sentence_transformers",
                                      "directionality",
                                      "pooler_fc_size",
                                      "pooler_num_attention_heads",
                                      "pooler_num_fc_layers",
                                      "pooler_size_per_head",
                                      "pooler_type",
                                      "summary_hidden_size",
                                      "tie_word_embeddings",
                                      "id2label",
                                      "num_labels",
                                      "problem_type"};

}  // namespace

const FamilyReader& find_family(const JsonObject& config) {
  const std::string type = config.get<std::string>("model_type");
  for (const FamilyReader* family : {&kBert, &kDistilBert, &kRoberta, &kGpt2})
    if (type == family->model_type) return *family;
  config.fail("model_type", fmt::format("\"{}\" is not supported; supported are bert, distilbert, "
                                        "roberta, gpt2",
                                        type));
}

void read_architecture(const JsonObject& json, std::span<const Architecture> known,
                       ModelConfig& config) {
  const auto names = json.get_or("architectures", std::vector<std::string>{known[0].name});
  if (names.size() != 1) json.fail("architectures", "must name one architecture");
  for (const Architecture& architecture : known) {
    if (names[0] != architecture.name) continue;
    config.architecture = names[0];
    config.head = architecture.head;
    return;
  }
  std::string list;
  for (const Architecture& architecture : known)
    list += fmt::format("{}{}", list.empty() ? "" : ", ", architecture.name);
  json.fail("architectures", fmt::format("{} is not supported; supported are {}", names[0], list));
}

Activation read_activation(const JsonObject& json, const char* key, const char* fallback) {
  const std::string name = json.get_or(key, fallback);
  if (name == "gelu") return Activation::gelu_erf;
  if (name == "gelu_new" || name == "gelu_fast" || name == "gelu_pytorch_tanh")
    return Activation::gelu_tanh;
  if (name == "relu") return Activation::relu;
  json.fail(key, fmt::format("\"{}\" is not supported; supported are gelu, gelu_new, gelu_fast, "
                             "gelu_pytorch_tanh, relu",
                             name));
}

float read_eps(const JsonObject& json, const char* key, float fallback) {
  const float eps = json.get_or(key, fallback);
  if (!(eps >= 0 && eps <= 1)) json.fail(key, fmt::format("must be from 0 to 1, found {}", eps));
  return eps;
}

void read_labels(const JsonObject& json, ModelConfig& config) {
  if (json.has("id2label")) {
    const JsonObject labels = json.object("id2label");
    const std::size_t count = labels.keys().size();
    for (std::size_t i = 0; i < count; ++i)
      config.labels.push_back(labels.get<std::string>(std::to_string(i)));
  } else {
    const std::int64_t count = json.get_int_or("num_labels", 2, 1, 100000);
    for (std::int64_t i = 0; i < count; ++i) config.labels.push_back(fmt::format("LABEL_{}", i));
  }
  if (config.labels.empty() && config.head == HeadType::sequence_classification)
    json.fail("id2label", "must not be empty");
  const std::string problem = json.get_or("problem_type", "single_label_classification");
  config.regression = problem == "regression" || config.labels.size() == 1;
}

void require_false(const JsonObject& json, const char* key) {
  if (json.get_or(key, false)) json.fail(key, "true is not supported: it changes the mathematics");
}

void refuse_unknown_keys(const JsonObject& json) {
  for (const std::string& key : json.unread_keys()) {
    if (std::find(kHarmlessKeys.begin(), kHarmlessKeys.end(), key) != kHarmlessKeys.end()) continue;
    json.fail(key,
              "is not known for this family and might change the mathematics; remove it if it "
              "does not");
  }
}

void add_vector(TensorTable& table, const std::string& name, std::vector<std::string> sources,
                std::int64_t cols, bool base) {
  table.tensors.push_back(
      {name, std::move(sources), 1, cols, TensorRole::vector, /*transposed=*/false, base});
}

void add_linear(TensorTable& table, const std::string& name, std::vector<std::string> sources,
                std::int64_t rows, std::int64_t cols, bool base, bool transposed) {
  std::vector<std::string> weights, biases;
  for (const std::string& source : sources) {
    weights.push_back(source + ".weight");
    biases.push_back(source + ".bias");
  }
  table.tensors.push_back({name + ".weight", std::move(weights), rows, cols,
                           TensorRole::linear_weight, transposed, base});
  add_vector(table, name + ".bias", std::move(biases), rows, base);
}

void add_norm(TensorTable& table, const std::string& name, const std::string& source,
              std::int64_t cols, bool base) {
  add_vector(table, name + ".weight", {source + ".weight"}, cols, base);
  add_vector(table, name + ".bias", {source + ".bias"}, cols, base);
}

void add_table(TensorTable& table, const std::string& name, const std::string& source,
               std::int64_t rows, std::int64_t cols, TensorRole role) {
  table.tensors.push_back({name, {source}, rows, cols, role, false, true});
}

void add_untied_decoder(TensorTable& table, const ModelConfig& config, const std::string& source) {
  if (config.tied_embeddings) return;
  table.tensors.push_back({"head.decoder.weight",
                           {source},
                           config.vocabulary,
                           config.hidden,
                           TensorRole::table,
                           /*transposed=*/false,
                           /*base=*/false});
}

const TensorSpec* TensorTable::find(const std::string& name) const {
  for (const TensorSpec& spec : tensors)
    if (spec.name == name) return &spec;
  return nullptr;
}

}  // namespace zerocl
