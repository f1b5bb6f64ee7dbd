#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "engine/tokenizer/byte_trie.h"
#include "engine/tokenizer/piece_model.h"
#include "engine/tokenizer/unicode.h"
#include "engine/tokenizer/vocabulary.h"

namespace zerocl {

struct WordPieceOptions {
  std::string unk_token = "[UNK]";
  std::string continuing_subword_prefix = "##";
  std::size_t max_input_chars_per_word = 100;
  // BertPreTokenizer: words end at white space, punctuation stands alone. Otherwise a piece is one
  // word.
  bool split_words = true;
};

// WordPiece: the longest token first, then the longest continuation, and so on; a word that cannot
// be covered, or is too long, is one unknown token.
class WordPiece final : public PieceModel {
 public:
  // Throws Error if unk_token is not in the vocabulary.
  WordPiece(const Vocabulary& vocabulary, const WordPieceOptions& options);

  void encode(std::string_view piece, std::vector<TokenId>& ids) const override;

 private:
  // chars: code points of word
  void encode_word(std::string_view word, std::size_t chars, std::vector<TokenId>& ids) const;

  ByteTrie trie_;
  ByteTrie::Node continuation_ = ByteTrie::kNone;  // where the prefix leads to
  TokenId unk_ = -1;
  std::size_t max_chars_;
  bool split_words_;
  const unicode::Table& characters_;
};

}  // namespace zerocl
