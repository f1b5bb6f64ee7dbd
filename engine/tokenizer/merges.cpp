#include "engine/tokenizer/merges.h"

#include <algorithm>
#include <array>
#include <limits>
#include <queue>

#include "host/error.h"

namespace zerocl {
namespace {

// Up to here a linear search for the best pair is faster than a heap.
constexpr std::size_t kShort = 32;
constexpr std::uint32_t kNoRule = std::numeric_limits<std::uint32_t>::max();
constexpr std::uint32_t kEnd = std::numeric_limits<std::uint32_t>::max();

}  // namespace

std::size_t MergeTable::slot_of(std::uint64_t pair) const {
  const std::size_t mask = slots_.size() - 1;
  std::uint64_t mixed = pair * 0x9E3779B97F4A7C15ull;
  mixed ^= mixed >> 32;
  std::size_t slot = mixed & mask;
  while (slots_[slot].pair != kFree && slots_[slot].pair != pair) slot = (slot + 1) & mask;
  return slot;
}

void MergeTable::grow() {
  std::vector<Slot> old(slots_.size() * 2);
  old.swap(slots_);
  for (const Slot& entry : old) {
    if (entry.pair != kFree) slots_[slot_of(entry.pair)] = entry;
  }
}

void MergeTable::insert(TokenId left, TokenId right, Rule rule) {
  if ((size_ + 1) * 2 > slots_.size()) grow();
  Slot& slot = slots_[slot_of(pair_of(left, right))];
  if (slot.pair == kFree) ++size_;
  slot = {pair_of(left, right), rule};
}

std::optional<MergeTable::Rule> MergeTable::find(TokenId left, TokenId right) const {
  const Slot& slot = slots_[slot_of(pair_of(left, right))];
  if (slot.pair == kFree) return std::nullopt;
  return slot.rule;
}

void MergeTable::merge(std::vector<TokenId>& symbols, std::size_t from) const {
  if (symbols.size() - from <= kShort) {
    merge_short(symbols, from);
  } else {
    merge_long(symbols, from);
  }
}

void MergeTable::merge_short(std::vector<TokenId>& symbols, std::size_t from) const {
  std::size_t count = symbols.size() - from;
  TokenId* const word = symbols.data() + from;
  std::array<Rule, kShort> rules;  // of word[i], word[i + 1]
  const auto look_up = [&](std::size_t i) {
    rules[i] = find(word[i], word[i + 1]).value_or(Rule{kNoRule, -1});
  };
  for (std::size_t i = 0; i + 1 < count; ++i) look_up(i);
  while (count > 1) {
    std::size_t best = 0;
    for (std::size_t i = 1; i + 1 < count; ++i) {
      if (rules[i].rank < rules[best].rank) best = i;
    }
    if (rules[best].rank == kNoRule) break;
    word[best] = rules[best].merged;
    std::copy(word + best + 2, word + count, word + best + 1);
    std::copy(rules.begin() + static_cast<std::ptrdiff_t>(best) + 1,
              rules.begin() + static_cast<std::ptrdiff_t>(count) - 1,
              rules.begin() + static_cast<std::ptrdiff_t>(best));
    --count;
    if (best > 0) look_up(best - 1);
    if (best + 1 < count) look_up(best);
  }
  symbols.resize(from + count);
}

void MergeTable::merge_long(std::vector<TokenId>& symbols, std::size_t from) const {
  // A doubly linked list of symbols and a heap of the pairs that have a rule. Entries of the heap
  // are not removed when one of their symbols changes: they no longer fit the list then.
  struct Symbol {
    TokenId id;
    std::uint32_t previous;
    std::uint32_t next;
  };
  struct Candidate {
    std::uint32_t rank;
    std::uint32_t position;  // of the left symbol
    TokenId left;
    TokenId right;
    TokenId merged;
    // std::priority_queue has the largest on top: the smallest rank, then the leftmost.
    bool operator<(const Candidate& other) const {
      return rank != other.rank ? rank > other.rank : position > other.position;
    }
  };
  const std::size_t count = symbols.size() - from;
  if (count >= kEnd) throw Error("a word of more than 4 GiB");

  std::vector<Symbol> list(count);
  std::vector<Candidate> candidates;
  const auto candidate_at = [&](std::uint32_t i) -> std::optional<Candidate> {
    const std::uint32_t next = list[i].next;
    if (next == kEnd) return std::nullopt;
    const std::optional<Rule> rule = find(list[i].id, list[next].id);
    if (!rule) return std::nullopt;
    return Candidate{rule->rank, i, list[i].id, list[next].id, rule->merged};
  };
  for (std::uint32_t i = 0; i < count; ++i) {
    list[i] = {symbols[from + i], i == 0 ? kEnd : i - 1, i + 1 == count ? kEnd : i + 1};
  }
  for (std::uint32_t i = 0; i < count; ++i) {
    if (const auto candidate = candidate_at(i)) candidates.push_back(*candidate);
  }
  std::priority_queue<Candidate> heap(std::less<Candidate>{}, std::move(candidates));
  while (!heap.empty()) {
    const Candidate top = heap.top();
    heap.pop();
    Symbol& left = list[top.position];
    if (left.id != top.left || left.next == kEnd || list[left.next].id != top.right) continue;
    Symbol& right = list[left.next];
    left.id = top.merged;
    left.next = right.next;
    right.id = -1;  // gone: no candidate's id
    if (left.next != kEnd) list[left.next].previous = top.position;
    if (left.previous != kEnd) {
      if (const auto candidate = candidate_at(left.previous)) heap.push(*candidate);
    }
    if (const auto candidate = candidate_at(top.position)) heap.push(*candidate);
  }
  symbols.resize(from);
  for (std::uint32_t i = 0; i != kEnd; i = list[i].next) symbols.push_back(list[i].id);
}

}  // namespace zerocl
