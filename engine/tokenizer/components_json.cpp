#include "engine/tokenizer/components_json.h"

#include <string>
#include <utility>

#include "engine/tokenizer/fields.h"
#include "host/error.h"

namespace zerocl {
namespace {

using Json = nlohmann::json;
using Step = Normalizer::Step;

// Templates repeat the text for each piece that names it.
constexpr std::size_t kMaxPieces = 64;
constexpr std::size_t kMaxIdsOfPiece = 64;
constexpr std::uint64_t kMaxType = 1 << 16;

[[noreturn]] void unsupported(const std::string& where, const std::string& type) {
  throw Error("the " + where + " \"" + type + "\" is not supported");
}

void append_steps(const Json& json, std::vector<Step>& steps) {
  const std::string where = "normalizer";
  const std::string type = fields::type_of(json, where);
  if (type == "BertNormalizer") {
    const bool lowercase = fields::bool_at(json, "lowercase", where);
    const bool strip_accents =
        fields::optional_bool(json, "strip_accents", where).value_or(lowercase);
    const std::vector<Step> bert = Normalizer::bert_steps(
        fields::bool_at(json, "clean_text", where),
        fields::bool_at(json, "handle_chinese_chars", where), strip_accents, lowercase);
    steps.insert(steps.end(), bert.begin(), bert.end());
  } else if (type == "Sequence") {
    for (const Json& part : fields::array_at(json, "normalizers", where)) {
      append_steps(part, steps);
    }
  } else if (type == "Lowercase") {
    steps.push_back(Step::lowercase);
  } else if (type == "NFC") {
    steps.push_back(Step::nfc);
  } else if (type == "NFD") {
    steps.push_back(Step::nfd);
  } else if (type == "NFKC") {
    steps.push_back(Step::nfkc);
  } else if (type == "NFKD") {
    steps.push_back(Step::nfkd);
  } else {
    unsupported(where, type);
  }
}

// ["[SEP]", 102]
TokenId token_pair(const Json& json, const char* key, std::size_t id_limit,
                   const std::string& where) {
  const Json& pair = fields::array_at(json, key, where);
  if (pair.size() != 2 || !pair[0].is_string()) {
    throw Error(where + ": \"" + std::string(key) + "\" is not a token and its id");
  }
  return fields::token_id(pair[1], id_limit, where);
}

// An item of "single" or "pair"; tokens: the template's "special_tokens".
Template::Piece template_piece(const Json& item, const Json& tokens, bool is_pair,
                               std::size_t id_limit) {
  using Kind = Template::Piece::Kind;
  const std::string where = "TemplateProcessing";
  const bool is_text = fields::has(item, "Sequence");
  const Json& body = fields::object_at(item, is_text ? "Sequence" : "SpecialToken", where);
  const std::string id = fields::string_at(body, "id", where);
  const std::uint64_t type = fields::count_at(body, "type_id", where);
  if (type > kMaxType) throw Error(where + ": the type_id " + std::to_string(type));

  Template::Piece piece{Kind::special, static_cast<TokenId>(type), {}};
  if (is_text) {
    if (id != "A" && !(id == "B" && is_pair)) {
      throw Error(where + (is_pair ? ": a pair" : ": a single text") + " has no \"" + id + "\"");
    }
    piece.kind = id == "A" ? Kind::text_a : Kind::text_b;
    return piece;
  }
  const Json& ids = fields::array_at(fields::object_at(tokens, id.c_str(), where), "ids", where);
  if (ids.size() > kMaxIdsOfPiece) throw Error(where + ": too many ids for \"" + id + "\"");
  for (const Json& value : ids) piece.ids.push_back(fields::token_id(value, id_limit, where));
  return piece;
}

std::vector<Template::Piece> template_pieces(const Json& json, const char* key, bool is_pair,
                                             std::size_t id_limit) {
  const std::string where = "TemplateProcessing";
  const Json& array = fields::array_at(json, key, where);
  const Json& tokens = fields::object_at(json, "special_tokens", where);
  if (array.size() > kMaxPieces) throw Error(where + ": too many pieces");
  std::vector<Template::Piece> pieces;
  for (const Json& item : array) {
    pieces.push_back(template_piece(item, tokens, is_pair, id_limit));
  }
  return pieces;
}

// nullopt: a processor that changes no ids (ByteLevel trims offsets only).
std::optional<Template> processor(const Json& json, std::size_t id_limit) {
  const std::string type = fields::type_of(json, "post_processor");
  if (type == "ByteLevel") return std::nullopt;
  if (type == "TemplateProcessing") {
    return Template{template_pieces(json, "single", false, id_limit),
                    template_pieces(json, "pair", true, id_limit)};
  }
  if (type == "BertProcessing" || type == "RobertaProcessing") {
    const TokenId cls = token_pair(json, "cls", id_limit, type);
    const TokenId sep = token_pair(json, "sep", id_limit, type);
    return type == "BertProcessing" ? Template::bert(cls, sep) : Template::roberta(cls, sep);
  }
  if (type == "Sequence") {
    std::optional<Template> only;
    for (const Json& part : fields::array_at(json, "processors", "post_processor")) {
      std::optional<Template> layout = processor(part, id_limit);
      if (layout && only) unsupported("post_processor", "Sequence of several templates");
      if (layout) only = std::move(layout);
    }
    return only;
  }
  unsupported("post_processor", type);
}

}  // namespace

Normalizer read_normalizer(const Json& json) {
  std::vector<Step> steps;
  if (!json.is_null()) append_steps(json, steps);
  return Normalizer(std::move(steps));
}

PreTokenizer read_pre_tokenizer(const Json& json) {
  const std::string where = "pre_tokenizer";
  if (json.is_null()) return {};
  const std::string type = fields::type_of(json, where);
  if (type == "BertPreTokenizer") return {PreTokenizer::Kind::bert, false, true};
  if (type == "ByteLevel") {
    return {PreTokenizer::Kind::byte_level, fields::bool_at(json, "add_prefix_space", where),
            fields::optional_bool(json, "use_regex", where).value_or(true)};
  }
  if (type == "Sequence") {
    const Json& parts = fields::array_at(json, "pretokenizers", where);
    if (parts.size() == 1) return read_pre_tokenizer(parts[0]);
    unsupported(where, "Sequence of " + std::to_string(parts.size()));
  }
  unsupported(where, type);
}

Template read_post_processor(const Json& json, std::size_t id_limit) {
  if (json.is_null()) return Template::plain();
  return processor(json, id_limit).value_or(Template::plain());
}

TokenDecoder read_decoder(const Json& json) {
  const std::string where = "decoder";
  if (json.is_null()) return {};
  const std::string type = fields::type_of(json, where);
  if (type == "ByteLevel") return {TokenDecoder::Kind::byte_level, "", false};
  if (type == "WordPiece") {
    return {TokenDecoder::Kind::word_piece, fields::string_at(json, "prefix", where),
            fields::bool_at(json, "cleanup", where)};
  }
  unsupported(where, type);
}

}  // namespace zerocl
