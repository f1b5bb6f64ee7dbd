#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "engine/tokenizer/tokenizer.h"

namespace zerocl {

// The merge rules of byte pair encoding, and merging with them.
class MergeTable {
 public:
  struct Rule {
    std::uint32_t rank;  // the smallest is applied first
    TokenId merged;
  };

  MergeTable() : slots_(64) {}

  // A second rule for the same pair replaces the first.
  void insert(TokenId left, TokenId right, Rule rule);
  std::optional<Rule> find(TokenId left, TokenId right) const;

  // Replaces symbols[from..] by what remains after all merges: again and again the pair of the
  // smallest rank, the leftmost of equals. O(n log n) for n symbols.
  void merge(std::vector<TokenId>& symbols, std::size_t from) const;

 private:
  struct Slot {
    std::uint64_t pair = kFree;
    Rule rule{0, -1};
  };
  static constexpr std::uint64_t kFree = ~std::uint64_t{0};

  static std::uint64_t pair_of(TokenId left, TokenId right) {
    return std::uint64_t{static_cast<std::uint32_t>(left)} << 32 |
           static_cast<std::uint32_t>(right);
  }
  std::size_t slot_of(std::uint64_t pair) const;
  void grow();
  void merge_short(std::vector<TokenId>& symbols, std::size_t from) const;
  void merge_long(std::vector<TokenId>& symbols, std::size_t from) const;

  std::vector<Slot> slots_;  // a power of two, at most half full
  std::size_t size_ = 0;
};

}  // namespace zerocl
