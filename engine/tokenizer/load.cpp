#include <string>
#include <utility>

#include "engine/tokenizer/fields.h"
#include "engine/tokenizer/files.h"
#include "engine/tokenizer/pipeline.h"
#include "engine/tokenizer/special_tokens.h"
#include "engine/tokenizer/tokenizer.h"
#include "engine/tokenizer/tokenizer_json.h"
#include "engine/tokenizer/utf8.h"
#include "engine/tokenizer/vocabulary_files.h"
#include "host/error.h"

namespace zerocl {
namespace {

constexpr std::size_t kMaxMessage = 1000;  // bytes

TokenizerParts read_json_tokenizer(const std::filesystem::path& model_dir,
                                   const nlohmann::json& tokenizer_config) {
  const std::filesystem::path path = model_dir / "tokenizer.json";
  const nlohmann::json json = files::read_json(path);
  TokenizerParts parts = files::naming(path, [&] { return read_tokenizer_json(json); });
  const SpecialTokenNames names = read_special_token_names(model_dir, tokenizer_config);
  parts.special = special_token_ids(names, parts.added, parts.vocabulary);
  fill_conventional_roles(parts.special, parts.added);
  return parts;
}

TruncationSide truncation_side(const nlohmann::json& tokenizer_config, const std::string& where) {
  const std::string side =
      fields::optional_string(tokenizer_config, "truncation_side", where).value_or("right");
  if (side != "left" && side != "right") {
    throw Error(where + ": the truncation_side \"" + side + "\"");
  }
  return side == "left" ? TruncationSide::left : TruncationSide::right;
}

std::unique_ptr<Tokenizer> load(const std::filesystem::path& model_dir) {
  const std::filesystem::path config_path = model_dir / "tokenizer_config.json";
  const nlohmann::json config = files::read_json_object_if_exists(config_path);
  const auto has = [&](const char* name) { return files::is_there(model_dir / name); };

  TokenizerParts parts;
  if (has("tokenizer.json")) {
    parts = read_json_tokenizer(model_dir, config);
  } else if (has("vocab.txt")) {
    parts = read_bert_files(model_dir, config);
  } else if (has("vocab.json") && has("merges.txt")) {
    parts = read_byte_pair_files(model_dir, config);
  } else {
    throw Error(
        model_dir.string() + ": no tokenizer.json, no vocab.txt, no vocab.json with merges.txt" +
        (has("tokenizer.model") ? " (SentencePiece's tokenizer.model is not supported)" : ""));
  }
  parts.truncation_side = truncation_side(config, config_path.string());
  return std::make_unique<Pipeline>(std::move(parts));
}

}  // namespace

std::unique_ptr<Tokenizer> load_tokenizer(const std::filesystem::path& model_dir) {
  try {
    return load(model_dir);
  } catch (const Error& e) {
    // Messages quote tokens and lines of the files, which may be anything.
    throw Error(utf8::printable(e.what(), kMaxMessage), e.kind());
  }
}

}  // namespace zerocl
