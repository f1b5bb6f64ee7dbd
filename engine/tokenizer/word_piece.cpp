#include "engine/tokenizer/word_piece.h"

#include "engine/tokenizer/utf8.h"
#include "host/error.h"

namespace zerocl {

WordPiece::WordPiece(const Vocabulary& vocabulary, const WordPieceOptions& options)
    : unk_(vocabulary.find(options.unk_token)),
      max_chars_(options.max_input_chars_per_word),
      split_words_(options.split_words),
      characters_(unicode::table()) {
  if (unk_ < 0) {
    throw Error("the unknown token \"" + options.unk_token + "\" is not in the vocabulary");
  }
  const auto& tokens = vocabulary.by_id();
  for (std::size_t id = 0; id < tokens.size(); ++id) {
    // A token that moved to a later id is found there only.
    if (!tokens[id] || tokens[id]->empty()) continue;
    if (vocabulary.find(*tokens[id]) != static_cast<TokenId>(id)) continue;
    trie_.insert(*tokens[id], static_cast<TokenId>(id));
  }
  continuation_ = trie_.find(options.continuing_subword_prefix);
}

void WordPiece::encode(std::string_view piece, std::vector<TokenId>& ids) const {
  std::size_t begin = 0;
  std::size_t chars = 0;
  for (std::size_t at = 0; at < piece.size();) {
    const std::size_t here = at;
    const char32_t c = utf8::next(piece, at);
    const std::uint8_t classes = split_words_ ? characters_.classes(c) : std::uint8_t{0};
    if ((classes & (unicode::kSpace | unicode::kPunctuation)) == 0) {
      ++chars;
      continue;
    }
    if (begin < here) encode_word(piece.substr(begin, here - begin), chars, ids);
    if ((classes & unicode::kSpace) == 0) encode_word(piece.substr(here, at - here), 1, ids);
    begin = at;
    chars = 0;
  }
  if (begin < piece.size()) encode_word(piece.substr(begin), chars, ids);
}

void WordPiece::encode_word(std::string_view word, std::size_t chars,
                            std::vector<TokenId>& ids) const {
  const std::size_t before = ids.size();
  if (chars <= max_chars_) {
    ByteTrie::Match match = trie_.longest_prefix(word);
    while (match.value >= 0) {
      ids.push_back(match.value);
      word.remove_prefix(match.length);
      if (word.empty()) return;
      if (continuation_ == ByteTrie::kNone) break;
      match = trie_.longest_prefix(word, continuation_);
    }
    ids.resize(before);
  }
  ids.push_back(unk_);
}

}  // namespace zerocl
