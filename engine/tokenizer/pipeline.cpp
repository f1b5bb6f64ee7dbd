#include "engine/tokenizer/pipeline.h"

#include <algorithm>
#include <array>

#include "engine/tokenizer/byte_level.h"
#include "engine/tokenizer/utf8.h"

namespace zerocl {
namespace {

void replace_all(std::string& text, std::string_view from, std::string_view to) {
  if (text.find(from) == std::string::npos) return;
  std::string result;
  std::size_t begin = 0;
  for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, begin)) {
    result.append(text, begin, at - begin).append(to);
    begin = at + from.size();
  }
  result.append(text, begin);
  text = std::move(result);
}

// Hugging Face's tidying of each token that WordPiece decoding writes.
void clean_up(std::string& token) {
  using Rule = std::pair<std::string_view, std::string_view>;
  static constexpr std::array<Rule, 11> kRules{{{" .", "."},
                                                {" ?", "?"},
                                                {" !", "!"},
                                                {" ,", ","},
                                                {" ' ", "'"},
                                                {" n't", "n't"},
                                                {" 'm", "'m"},
                                                {" do not", " don't"},
                                                {" 's", "'s"},
                                                {" 've", "'ve"},
                                                {" 're", "'re"}}};
  if (token.find(' ') == std::string::npos) return;
  for (const auto& [from, to] : kRules) replace_all(token, from, to);
}

}  // namespace

std::string TokenDecoder::decode(std::string_view token, bool first) const {
  std::string text;
  switch (kind) {
    case Kind::joined:
      if (!first) text.push_back(' ');
      text.append(token);
      break;
    case Kind::word_piece:
      if (!first && token.starts_with(prefix)) {
        text.assign(token.substr(prefix.size()));
      } else {
        if (!first) text.push_back(' ');
        text.append(token);
      }
      if (cleanup) clean_up(text);
      break;
    case Kind::byte_level:
      text = byte_level_bytes(token).value_or(std::string(token));
      break;
  }
  return text;
}

Encoding Pipeline::encode(std::string_view text, bool add_special, std::size_t max_length) const {
  return assemble(parts_.layout, encode_text(text), nullptr, add_special, max_length,
                  parts_.truncation_side);
}

Encoding Pipeline::encode_pair(std::string_view text_a, std::string_view text_b, bool add_special,
                               std::size_t max_length) const {
  std::vector<TokenId> b = encode_text(text_b);
  return assemble(parts_.layout, encode_text(text_a), &b, add_special, max_length,
                  parts_.truncation_side);
}

std::vector<TokenId> Pipeline::encode_text(std::string_view text) const {
  std::string repaired;
  if (!utf8::is_valid(text)) {
    utf8::append_replacing_invalid(text, repaired);
    text = repaired;
  }
  std::vector<TokenId> ids;
  std::string normalized;
  for (const AddedVocabulary::Span& span : parts_.added.split_raw(text)) {
    if (span.id >= 0) {
      ids.push_back(span.id);
      continue;
    }
    const std::string_view piece = text.substr(span.begin, span.end - span.begin);
    if (parts_.normalizer.empty()) {
      encode_piece(piece, ids);
    } else {
      normalized.clear();
      parts_.normalizer.apply(piece, normalized);
      encode_piece(normalized, ids);
    }
  }
  return ids;
}

void Pipeline::encode_piece(std::string_view piece, std::vector<TokenId>& ids) const {
  if (piece.empty()) return;
  if (!parts_.added.has_normalized()) {
    parts_.model->encode(piece, ids);
    return;
  }
  for (const AddedVocabulary::Span& span : parts_.added.split_normalized(piece)) {
    if (span.id >= 0) {
      ids.push_back(span.id);
    } else {
      parts_.model->encode(piece.substr(span.begin, span.end - span.begin), ids);
    }
  }
}

std::string Pipeline::decode(std::span<const TokenId> ids, bool skip_special) const {
  std::string bytes;
  bool first = true;
  for (const TokenId id : ids) {
    const std::string* token = decodable(id);
    if (token == nullptr || (skip_special && parts_.added.is_special(*token))) continue;
    bytes += parts_.decoder.decode(*token, first);
    first = false;
  }
  std::string text;
  utf8::append_replacing_invalid(bytes, text);
  return text;
}

std::string Pipeline::decode_token(TokenId id, bool first) const {
  const std::string* token = decodable(id);
  return token == nullptr ? std::string() : parts_.decoder.decode(*token, first);
}

std::size_t Pipeline::vocab_size() const {
  return std::max(parts_.vocabulary.id_limit(), parts_.added.id_limit());
}

bool Pipeline::is_special(TokenId id) const {
  const std::string* token = decodable(id);
  return token != nullptr && parts_.added.is_special(*token);
}

std::optional<std::string> Pipeline::token(TokenId id) const {
  if (const std::string* token = parts_.added.content(id)) return *token;
  if (const std::string* token = parts_.vocabulary.token(id)) return *token;
  return std::nullopt;
}

std::optional<TokenId> Pipeline::id(std::string_view token) const {
  TokenId id = parts_.added.find(token);
  if (id < 0) id = parts_.vocabulary.find(token);
  if (id < 0) return std::nullopt;
  return id;
}

const std::string* Pipeline::decodable(TokenId id) const {
  const std::string* token = parts_.added.decoded(id);
  return token != nullptr ? token : parts_.vocabulary.token(id);
}

}  // namespace zerocl
