#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/tokenizer/added_vocabulary.h"
#include "engine/tokenizer/normalizer.h"
#include "engine/tokenizer/piece_model.h"
#include "engine/tokenizer/post_processor.h"
#include "engine/tokenizer/tokenizer.h"
#include "engine/tokenizer/vocabulary.h"

namespace zerocl {

// How tokens become text again.
struct TokenDecoder {
  enum class Kind {
    joined,      // tokens with a space between them
    word_piece,  // a space before each token without the prefix
    byte_level,  // the bytes that the token's characters stand for
  };
  Kind kind = Kind::joined;
  std::string prefix = "##";  // word_piece
  bool cleanup = true;        // word_piece: no space before punctuation and English contractions

  std::string decode(std::string_view token, bool first) const;
};

// What a tokenizer consists of; its loaders fill it in.
struct TokenizerParts {
  Vocabulary vocabulary;
  AddedVocabulary added;
  Normalizer normalizer;
  std::unique_ptr<PieceModel> model;
  Template layout = Template::plain();
  TokenDecoder decoder;
  SpecialTokens special;
  TruncationSide truncation_side = TruncationSide::right;
};

// The tokenizer: added tokens of the raw text, normalizer, added tokens of the normalized text,
// pre-tokenizer and model, template.
class Pipeline final : public Tokenizer {
 public:
  explicit Pipeline(TokenizerParts parts) : parts_(std::move(parts)) {}

  Encoding encode(std::string_view text, bool add_special, std::size_t max_length) const override;
  Encoding encode_pair(std::string_view text_a, std::string_view text_b, bool add_special,
                       std::size_t max_length) const override;
  std::string decode(std::span<const TokenId> ids, bool skip_special) const override;
  std::string decode_token(TokenId id, bool first) const override;
  std::size_t vocab_size() const override;
  const SpecialTokens& special() const override { return parts_.special; }
  bool is_special(TokenId id) const override;
  std::optional<std::string> token(TokenId id) const override;
  std::optional<TokenId> id(std::string_view token) const override;

 private:
  std::vector<TokenId> encode_text(std::string_view text) const;
  void encode_piece(std::string_view piece, std::vector<TokenId>& ids) const;
  // The token that decoding starts from, or nullptr.
  const std::string* decodable(TokenId id) const;

  TokenizerParts parts_;
};

}  // namespace zerocl
