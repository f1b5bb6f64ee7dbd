#include "engine/tokenizer/vocabulary_files.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <string>
#include <string_view>
#include <utility>

#include "engine/tokenizer/byte_pair.h"
#include "engine/tokenizer/fields.h"
#include "engine/tokenizer/files.h"
#include "engine/tokenizer/special_tokens.h"
#include "engine/tokenizer/tokenizer_json.h"
#include "engine/tokenizer/word_piece.h"
#include "host/error.h"

namespace zerocl {
namespace {

using Json = nlohmann::json;
using Path = std::filesystem::path;
constexpr const char* kConfigName = "tokenizer_config.json";

AddedToken special(const char* content) {
  return {content, false, false, false, false, true};
}

void default_to(std::optional<AddedToken>& name, const char* content) {
  if (!name) name = special(content);
}

std::vector<AddedToken> all_of(const SpecialTokenNames& names) {
  std::vector<AddedToken> all;
  for (const auto* name :
       {&names.unk, &names.bos, &names.eos, &names.sep, &names.pad, &names.cls, &names.mask}) {
    if (*name) all.push_back(**name);
  }
  all.insert(all.end(), names.additional.begin(), names.additional.end());
  return all;
}

// A key of added_tokens_decoder.
std::uint64_t declared_id(const std::string& key, const std::string& where) {
  std::uint64_t id = 0;
  const auto parsed = std::from_chars(key.data(), key.data() + key.size(), id);
  if (parsed.ec != std::errc() || parsed.ptr != key.data() + key.size()) {
    throw Error(where + ": \"" + key + "\" is not an id");
  }
  return id;
}

// Tokens that the directory declares besides the vocabulary, by ascending id.
std::vector<std::pair<std::uint64_t, AddedToken>> declared_tokens(const Path& model_dir,
                                                                  const Json& tokenizer_config,
                                                                  const SpecialTokenNames& names) {
  std::vector<std::pair<std::uint64_t, AddedToken>> declared;
  if (fields::has(tokenizer_config, "added_tokens_decoder")) {
    const std::string where = (model_dir / kConfigName).string() + ": added_tokens_decoder";
    const Json& tokens = fields::object_at(tokenizer_config, "added_tokens_decoder", where);
    for (const auto& [key, value] : tokens.items()) {
      const std::uint64_t id = declared_id(key, where);
      const bool is_special = fields::optional_bool(value, "special", where).value_or(false);
      declared.emplace_back(id, fields::added_token(value, is_special, where));
    }
  } else {
    const Path path = model_dir / "added_tokens.json";
    const std::vector<AddedToken> named = all_of(names);
    const Json tokens = files::read_json_object_if_exists(path);
    for (const auto& [content, value] : tokens.items()) {
      AddedToken token;
      token.content = content;
      token.special = std::any_of(named.begin(), named.end(),
                                  [&](const AddedToken& n) { return n.content == token.content; });
      token.normalized = !token.special;
      declared.emplace_back(fields::count_at(tokens, content.c_str(), path.string()), token);
    }
  }
  std::sort(declared.begin(), declared.end(),
            [](const auto& a, const auto& b) { return a.first < b.first; });
  return declared;
}

// Special tokens that are neither in the vocabulary nor declared with an id have no embedding in
// the model, so they are no tokens here.
void add_tokens(const Path& model_dir, const Json& tokenizer_config, const SpecialTokenNames& names,
                TokenizerParts& parts) {
  for (const auto& [id, token] : declared_tokens(model_dir, tokenizer_config, names)) {
    const TokenId given = parts.added.add(token, parts.vocabulary, parts.normalizer);
    if (static_cast<std::uint64_t>(given) != id) {
      throw Error(model_dir.string() + ": the added token \"" + token.content + "\" declares id " +
                  std::to_string(id) + " where " + std::to_string(given) +
                  " is its id or the next free one");
    }
  }
  for (const AddedToken& token : all_of(names)) {
    if (parts.added.find(token.content) >= 0 || parts.vocabulary.find(token.content) < 0) continue;
    parts.added.add(token, parts.vocabulary, parts.normalizer);
  }
  parts.special = special_token_ids(names, parts.added, parts.vocabulary);
}

// Other tokenizers (Japanese BERT, MPNet, ...) have a vocab.txt too, but not BERT's rules.
void check_is_bert(const Json& tokenizer_config, const Path& model_dir) {
  const std::string where = (model_dir / kConfigName).string();
  std::string name =
      fields::optional_string(tokenizer_config, "tokenizer_class", where).value_or("Bert");
  for (const std::string_view suffix : {"Fast", "Tokenizer"}) {
    if (name.ends_with(suffix)) name.resize(name.size() - suffix.size());
  }
  static constexpr std::array<std::string_view, 7> kKnown{
      "Bert", "DistilBert", "Electra", "MobileBert", "SqueezeBert", "ConvBert", "LayoutLM"};
  if (std::find(kKnown.begin(), kKnown.end(), name) == kKnown.end()) {
    throw Error(where + ": the tokenizer_class \"" + name + "\" is not supported for vocab.txt");
  }
}

void read_vocab_json(const Path& path, Vocabulary& vocabulary) {
  const Json vocab = files::read_json(path);
  files::naming(path, [&] {
    if (!vocab.is_object()) throw Error("not a JSON object");
    const std::size_t max_ids = 2 * vocab.size() + 65536;
    for (const auto& [token, id] : vocab.items()) {
      vocabulary.add(token, fields::token_id(id, max_ids, "token \"" + token + "\""), max_ids);
    }
  });
}

std::vector<BytePair::Merge> read_merges_txt(const Path& path) {
  return files::naming(path, [&] {
    std::vector<BytePair::Merge> merges;
    const std::string text = files::read(path);
    for (const std::string_view line : files::lines(text)) {
      if (!line.starts_with("#version")) merges.push_back(split_merge(line));
    }
    return merges;
  });
}

bool is_roberta(const Path& model_dir, const Json& tokenizer_config, const Vocabulary& vocabulary) {
  const Path path = model_dir / "config.json";
  const Json config = files::read_json_object_if_exists(path);
  const std::string type =
      fields::optional_string(config, "model_type", path.string()).value_or("");
  const std::string name = fields::optional_string(tokenizer_config, "tokenizer_class",
                                                   (model_dir / kConfigName).string())
                               .value_or("");
  const bool named = type == "roberta" || name.starts_with("RobertaTokenizer");
  return named && vocabulary.find("<s>") >= 0 && vocabulary.find("</s>") >= 0 &&
         vocabulary.find("<mask>") >= 0;
}

void default_names(bool roberta, SpecialTokenNames& names) {
  if (!roberta) {
    for (auto* name : {&names.unk, &names.bos, &names.eos}) default_to(*name, "<|endoftext|>");
    return;
  }
  for (auto* name : {&names.bos, &names.cls}) default_to(*name, "<s>");
  for (auto* name : {&names.eos, &names.sep}) default_to(*name, "</s>");
  default_to(names.unk, "<unk>");
  default_to(names.pad, "<pad>");
  default_to(names.mask, "<mask>");
  // RoBERTa's mask stands for a word with its space.
  if (!names.mask_has_flags) names.mask->lstrip = true;
}

}  // namespace

TokenizerParts read_bert_files(const Path& model_dir, const Json& tokenizer_config) {
  check_is_bert(tokenizer_config, model_dir);
  const std::string where = (model_dir / kConfigName).string();
  const auto flag = [&](const char* key, bool otherwise) {
    return fields::optional_bool(tokenizer_config, key, where).value_or(otherwise);
  };
  SpecialTokenNames names = read_special_token_names(model_dir, tokenizer_config);
  default_to(names.unk, "[UNK]");
  default_to(names.sep, "[SEP]");
  default_to(names.pad, "[PAD]");
  default_to(names.cls, "[CLS]");
  default_to(names.mask, "[MASK]");

  TokenizerParts parts;
  const Path vocab = model_dir / "vocab.txt";
  files::naming(vocab, [&] {
    const std::string text = files::read(vocab);
    TokenId id = 0;
    for (const std::string_view line : files::lines(text)) parts.vocabulary.add_or_move(line, id++);
  });
  const bool lowercase = flag("do_lower_case", true);
  parts.normalizer = Normalizer(Normalizer::bert_steps(
      true, flag("tokenize_chinese_chars", true), flag("strip_accents", lowercase), lowercase));
  add_tokens(model_dir, tokenizer_config, names, parts);
  files::naming(vocab, [&] {
    WordPieceOptions options;
    options.unk_token = names.unk->content;
    parts.model = std::make_unique<WordPiece>(parts.vocabulary, options);
    if (!parts.special.cls || !parts.special.sep) {
      throw Error("lacks \"" + names.cls->content + "\" or \"" + names.sep->content + "\"");
    }
  });
  parts.layout = Template::bert(*parts.special.cls, *parts.special.sep);
  parts.decoder = {TokenDecoder::Kind::word_piece, "##", true};
  return parts;
}

TokenizerParts read_byte_pair_files(const Path& model_dir, const Json& tokenizer_config) {
  const std::string where = (model_dir / kConfigName).string();
  const auto flag = [&](const char* key) {
    return fields::optional_bool(tokenizer_config, key, where).value_or(false);
  };
  TokenizerParts parts;
  read_vocab_json(model_dir / "vocab.json", parts.vocabulary);
  const bool roberta = is_roberta(model_dir, tokenizer_config, parts.vocabulary);
  SpecialTokenNames names = read_special_token_names(model_dir, tokenizer_config);
  default_names(roberta, names);
  add_tokens(model_dir, tokenizer_config, names, parts);

  BytePairOptions options;
  options.add_prefix_space = flag("add_prefix_space");
  const Path merges = model_dir / "merges.txt";
  const std::vector<BytePair::Merge> rules = read_merges_txt(merges);
  parts.model = files::naming(
      merges, [&] { return std::make_unique<BytePair>(parts.vocabulary, rules, options); });
  parts.decoder = {TokenDecoder::Kind::byte_level, "", false};
  const SpecialTokens& special = parts.special;
  if (roberta) {
    if (!special.cls || !special.sep) throw Error(where + ": cls or sep token without an id");
    parts.layout = Template::roberta(*special.cls, *special.sep);
    return parts;
  }
  const bool bos = flag("add_bos_token");
  const bool eos = flag("add_eos_token");
  if ((bos && !special.bos) || (eos && !special.eos)) {
    throw Error(where + ": the bos or eos token to add has no id");
  }
  parts.layout =
      Template::bos_eos(bos ? special.bos : std::nullopt, eos ? special.eos : std::nullopt);
  return parts;
}

}  // namespace zerocl
