#include "engine/models/model.h"

#include <fmt/format.h>

#include "engine/models/family.h"
#include "engine/models/weights.h"
#include "host/error.h"

namespace zerocl {
namespace {

// How `encode` makes a sentence's vector, where the directory is a sentence-transformers model.
void read_pooling(const ModelDir& dir, ModelConfig& config) {
  const std::optional<SentenceTransformer>& sentence = dir.sentence_transformer();
  if (!sentence) return;
  const std::string where = dir.path().string();
  if (!sentence->others.empty())
    throw Error(fmt::format("{}/modules.json: module \"{}\" is not supported", where,
                            sentence->others.front()));
  if (sentence->lower_case)
    throw Error(
        fmt::format("{}/sentence_bert_config.json: \"do_lower_case\" is not supported", where));
  if (sentence->pooling == "mean") {
    config.pooling = Pooling::mean;
  } else if (sentence->pooling == "cls") {
    config.pooling = Pooling::cls;
  } else if (sentence->pooling != "none") {
    throw Error(fmt::format("{}: pooling \"{}\" is not supported; supported are mean and cls",
                            where, sentence->pooling));
  }
  config.normalize = sentence->normalize;
  config.max_sentence = sentence->max_tokens;
}

}  // namespace

std::shared_ptr<const Model> Model::open(const std::filesystem::path& path) {
  std::shared_ptr<Model> model(new Model(ModelDir(path)));
  const JsonObject& json = model->dir_.config();
  const FamilyReader& family = find_family(json);
  model->config_ = family.read_config(json);
  model->tensors_ = family.tensor_table(model->config_);
  model->quantization_.scheme = "f32";
  if (model->dir_.quantization()) model->quantization_ = *model->dir_.quantization();
  for (const auto& [module, record] : model->quantization_.modules)
    if (!model->tensors_.find(module + ".weight"))
      json.fail("quantization_config", fmt::format("names a module \"{}\" that a {} model lacks",
                                                   module, family.model_type));
  WeightReader(*model).check();
  read_pooling(model->dir_, model->config_);
  // A model without tokenizer files still runs with ids; the reason is kept for those who need
  // text.
  try {
    model->tokenizer_ = load_tokenizer(path);
  } catch (const Error& error) {
    model->tokenizer_error_ = error.what();
  }
  return model;
}

const Tokenizer& Model::tokenizer() const {
  if (!tokenizer_) throw Error(tokenizer_error_);
  return *tokenizer_;
}

}  // namespace zerocl
