#include "engine/tokenizer/tokenizer_json.h"

#include <algorithm>
#include <string>
#include <utility>

#include "engine/tokenizer/byte_pair.h"
#include "engine/tokenizer/components_json.h"
#include "engine/tokenizer/fields.h"
#include "engine/tokenizer/word_piece.h"
#include "host/error.h"

namespace zerocl {
namespace {

using Json = nlohmann::json;

const Json& component(const Json& json, const char* key) {
  static const Json null;
  return fields::has(json, key) ? json.at(key) : null;
}

void read_vocabulary(const Json& model, Vocabulary& vocabulary) {
  const Json& vocab = fields::object_at(model, "vocab", "model");
  // Ids may have gaps, but not such that a small file needs much memory.
  const std::size_t max_ids = 2 * vocab.size() + 65536;
  for (const auto& [token, id] : vocab.items()) {
    vocabulary.add(token, fields::token_id(id, max_ids, "vocab"), max_ids);
  }
}

void read_added_tokens(const Json& json, TokenizerParts& parts) {
  if (!fields::has(json, "added_tokens")) return;
  const std::string where = "added_tokens";
  for (const Json& item : fields::array_at(json, "added_tokens", "tokenizer")) {
    AddedToken token;
    token.content = fields::string_at(item, "content", where);
    token.single_word = fields::bool_at(item, "single_word", where);
    token.lstrip = fields::bool_at(item, "lstrip", where);
    token.rstrip = fields::bool_at(item, "rstrip", where);
    token.normalized = fields::bool_at(item, "normalized", where);
    token.special = fields::bool_at(item, "special", where);
    const std::uint64_t declared = fields::count_at(item, "id", where);
    const TokenId id = parts.added.add(token, parts.vocabulary, parts.normalizer);
    if (declared != static_cast<std::uint64_t>(id)) {
      throw Error(where + ": \"" + token.content + "\" declares id " + std::to_string(declared) +
                  " where " + std::to_string(id) + " is its id or the next free one");
    }
  }
}

std::unique_ptr<PieceModel> read_word_piece(const Json& model, const PreTokenizer& pre_tokenizer,
                                            const Vocabulary& vocabulary) {
  if (pre_tokenizer.kind == PreTokenizer::Kind::byte_level) {
    throw Error("WordPiece after the pre_tokenizer \"ByteLevel\" is not supported");
  }
  WordPieceOptions options;
  options.unk_token = fields::string_at(model, "unk_token", "model");
  options.continuing_subword_prefix =
      fields::string_at(model, "continuing_subword_prefix", "model");
  options.max_input_chars_per_word = fields::count_at(model, "max_input_chars_per_word", "model");
  options.split_words = pre_tokenizer.kind == PreTokenizer::Kind::bert;
  return std::make_unique<WordPiece>(vocabulary, options);
}

std::vector<BytePair::Merge> read_merges(const Json& model) {
  std::vector<BytePair::Merge> merges;
  for (const Json& merge : fields::array_at(model, "merges", "model")) {
    if (merge.is_string()) {
      const auto& text = merge.get_ref<const std::string&>();
      if (!text.starts_with("#version")) merges.push_back(split_merge(text));
    } else if (merge.is_array() && merge.size() == 2 && merge[0].is_string() &&
               merge[1].is_string()) {
      merges.emplace_back(merge[0].get<std::string>(), merge[1].get<std::string>());
    } else {
      throw Error("model: a merge is neither a string nor two");
    }
  }
  return merges;
}

std::unique_ptr<PieceModel> read_byte_pair(const Json& model, const PreTokenizer& pre_tokenizer,
                                           const Vocabulary& vocabulary) {
  if (pre_tokenizer.kind != PreTokenizer::Kind::byte_level) {
    throw Error("BPE without the pre_tokenizer \"ByteLevel\" is not supported");
  }
  for (const char* key : {"continuing_subword_prefix", "end_of_word_suffix"}) {
    if (!fields::optional_string(model, key, "model").value_or("").empty()) {
      throw Error("BPE with a " + std::string(key) + " is not supported");
    }
  }
  if (fields::optional_bool(model, "byte_fallback", "model").value_or(false)) {
    throw Error("BPE with byte_fallback is not supported");
  }
  if (fields::has(model, "dropout") && model.at("dropout") != 0) {
    throw Error("BPE with dropout is not supported: its ids are random");
  }
  BytePairOptions options;
  options.unk_token = fields::optional_string(model, "unk_token", "model");
  options.fuse_unk = fields::optional_bool(model, "fuse_unk", "model").value_or(false);
  options.ignore_merges = fields::optional_bool(model, "ignore_merges", "model").value_or(false);
  options.add_prefix_space = pre_tokenizer.add_prefix_space;
  options.split_words = pre_tokenizer.use_regex;
  return std::make_unique<BytePair>(vocabulary, read_merges(model), options);
}

// Files of before 2020 name no model type.
std::string model_type(const Json& model) {
  if (fields::has(model, "type")) return fields::type_of(model, "model");
  if (fields::has(model, "merges")) return "BPE";
  return fields::has(model, "max_input_chars_per_word") ? "WordPiece" : "(of no type)";
}

}  // namespace

std::pair<std::string, std::string> split_merge(std::string_view merge) {
  const std::size_t space = merge.find(' ');
  if (space == std::string_view::npos || merge.find(' ', space + 1) != std::string_view::npos) {
    throw Error("the merge \"" + std::string(merge) + "\" is not two tokens");
  }
  return {std::string(merge.substr(0, space)), std::string(merge.substr(space + 1))};
}

TokenizerParts read_tokenizer_json(const Json& json) {
  if (!json.is_object()) throw Error("not a JSON object");
  const std::string version = fields::optional_string(json, "version", "tokenizer").value_or("1.0");
  if (version != "1.0") throw Error("unknown version \"" + version + "\"");

  TokenizerParts parts;
  const Json& model = fields::object_at(json, "model", "tokenizer");
  const std::string type = model_type(model);
  if (type != "WordPiece" && type != "BPE") {
    throw Error("the model \"" + type + "\" is not supported");
  }
  const PreTokenizer pre_tokenizer = read_pre_tokenizer(component(json, "pre_tokenizer"));
  parts.normalizer = read_normalizer(component(json, "normalizer"));
  parts.decoder = read_decoder(component(json, "decoder"));
  read_vocabulary(model, parts.vocabulary);
  read_added_tokens(json, parts);
  parts.model = type == "BPE" ? read_byte_pair(model, pre_tokenizer, parts.vocabulary)
                              : read_word_piece(model, pre_tokenizer, parts.vocabulary);
  const std::size_t id_limit = std::max(parts.vocabulary.id_limit(), parts.added.id_limit());
  parts.layout = read_post_processor(component(json, "post_processor"), id_limit);
  return parts;
}

}  // namespace zerocl
