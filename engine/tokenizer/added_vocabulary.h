#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "engine/tokenizer/byte_trie.h"
#include "engine/tokenizer/normalizer.h"
#include "engine/tokenizer/vocabulary.h"

namespace zerocl {

// A token that is looked for in the text itself, before the model sees it.
struct AddedToken {
  std::string content;
  bool single_word = false;  // only between characters that are not of words
  bool lstrip = false;       // swallows white space before it
  bool rstrip = false;       // and after it
  bool normalized = true;    // its normalized form is looked for in the normalized text
  bool special = false;
};

class AddedVocabulary {
 public:
  // A part of a text: one added token (id >= 0), or text between them (id -1).
  struct Span {
    std::size_t begin;
    std::size_t end;
    TokenId id;
  };

  // Gives the token the id it has in the vocabulary or else the next free one, and returns it. A
  // token with the content of an earlier one replaces its flags. Throws Error if the token is empty
  // (also once normalized) or longer than kMaxLength bytes.
  TokenId add(const AddedToken& token, const Vocabulary& vocabulary, const Normalizer& normalizer);

  // The tokens that are not normalized in text, in the raw text; leftmost first, longest first.
  std::vector<Span> split_raw(std::string_view text) const { return split(text, raw_); }
  // The normalized ones, in a normalized text.
  std::vector<Span> split_normalized(std::string_view text) const { return split(text, normal_); }
  bool has_normalized() const { return !normal_.empty(); }

  TokenId find(std::string_view content) const { return by_content_.find(content); }  // -1: none
  // nullptr unless id is an added token's. What decoding writes: the normalized form, if any.
  const std::string* decoded(TokenId id) const;
  const std::string* content(TokenId id) const;
  bool is_special(std::string_view token) const { return special_.find(token) >= 0; }
  std::size_t id_limit() const { return id_limit_; }  // largest id + 1

 private:
  // Matching costs at most this much a byte of text; real tokens have a tenth of it.
  static constexpr std::size_t kMaxLength = 1024;

  struct Entry {
    AddedToken token;
    std::string decoded;
  };
  std::vector<Span> split(std::string_view text, const ByteTrie& trie) const;

  StringTable by_content_;
  StringTable special_;
  std::unordered_map<TokenId, Entry> entries_;
  ByteTrie raw_;
  ByteTrie normal_;
  std::size_t appended_ = 0;  // tokens beyond the vocabulary
  std::size_t id_limit_ = 0;
};

}  // namespace zerocl
