#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "engine/tokenizer/tokenizer.h"

namespace zerocl {

// Where the texts and the special tokens of a sequence stand.
struct Template {
  struct Piece {
    enum class Kind { text_a, text_b, special };
    Kind kind;
    TokenId type = 0;
    std::vector<TokenId> ids;  // of special
  };
  std::vector<Piece> single;
  std::vector<Piece> pair;

  // The texts alone, with types 0 and 1.
  static Template plain();
  // [CLS] a [SEP] and [CLS] a [SEP] b [SEP], the second text and its [SEP] of type 1.
  static Template bert(TokenId cls, TokenId sep);
  // <s> a </s> and <s> a </s></s> b </s>, all of type 0.
  static Template roberta(TokenId cls, TokenId sep);
  // bos a eos and bos a eos bos b eos; either may be absent.
  static Template bos_eos(std::optional<TokenId> bos, std::optional<TokenId> eos);
};

enum class TruncationSide { right, left };

// One sequence from the ids of one text (b is nullptr) or two. max_length > 0 shortens the texts
// first, as Hugging Face's longest_first; throws Error (usage) if the special tokens alone are
// more.
Encoding assemble(const Template& layout, std::vector<TokenId> a, std::vector<TokenId>* b,
                  bool add_special, std::size_t max_length, TruncationSide side);

}  // namespace zerocl
