#pragma once

#include <array>
#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/tokenizer/merges.h"
#include "engine/tokenizer/piece_model.h"
#include "engine/tokenizer/unicode.h"
#include "engine/tokenizer/vocabulary.h"

namespace zerocl {

struct BytePairOptions {
  std::optional<std::string> unk_token;  // without one, bytes without a token vanish
  bool fuse_unk = false;                 // neighbouring unknown bytes are one token
  bool ignore_merges = false;            // a word that is a token needs no merges
  bool add_prefix_space = false;         // each piece starts with a space
  bool split_words = true;               // by GPT-2's pattern; otherwise a piece is one word
};

// Byte-level byte pair encoding (GPT-2, RoBERTa): words by GPT-2's pattern, their bytes as symbols,
// merged by the rules in their order.
class BytePair final : public PieceModel {
 public:
  using Merge = std::pair<std::string, std::string>;

  // Throws Error if a merge names, or makes, a token that is not in the vocabulary, or if
  // unk_token is not in it although some byte needs it.
  BytePair(const Vocabulary& vocabulary, const std::vector<Merge>& merges,
           const BytePairOptions& options);

  void encode(std::string_view piece, std::vector<TokenId>& ids) const override;

 private:
  void encode_words(std::string_view text, std::vector<TokenId>& ids) const;
  void encode_word(std::string_view word, std::vector<TokenId>& ids) const;
  void merge_word(std::string_view word, std::vector<TokenId>& ids) const;

  // What merging gives for a word that is itself a token; found out when it first occurs. The value
  // is the same whoever computes it, so threads need no order among them.
  enum class Known : unsigned char { nothing, merges_to_itself, merges_to_others };

  StringTable words_;                // bytes of each token -> id
  std::array<TokenId, 256> byte_{};  // -1: no token
  TokenId unk_ = -1;
  MergeTable merges_;
  BytePairOptions options_;
  std::unique_ptr<std::atomic<Known>[]> known_;  // by id
  const unicode::Table& characters_;
};

}  // namespace zerocl
