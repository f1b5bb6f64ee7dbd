#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/tokenizer/string_table.h"
#include "engine/tokenizer/tokenizer.h"

namespace zerocl {

// Tokens of a model and their ids, both ways.
class Vocabulary {
 public:
  // Throws Error for an id that is negative, taken by another token or at least max_ids (a limit
  // the reader derives from the file's size, so that one absurd id cannot exhaust memory).
  void add(std::string_view token, std::int64_t id, std::size_t max_ids);

  // As add, but a token that is there already moves to the new id (vocab.txt: the last line wins).
  void add_or_move(std::string_view token, TokenId id);

  TokenId find(std::string_view token) const { return tokens_.find(token); }  // -1: none
  const std::string* token(TokenId id) const;                                 // nullptr: none

  std::size_t size() const { return tokens_.size(); }     // tokens
  std::size_t id_limit() const { return by_id_.size(); }  // largest id + 1
  const std::vector<std::optional<std::string>>& by_id() const { return by_id_; }

 private:
  void set(std::string_view token, std::size_t id);

  StringTable tokens_;
  std::vector<std::optional<std::string>> by_id_;
};

}  // namespace zerocl
