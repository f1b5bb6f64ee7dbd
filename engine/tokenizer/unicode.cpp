#include "engine/tokenizer/unicode.h"

#include <map>

#include "engine/tokenizer/unicode_tables.h"

namespace zerocl::unicode {

Table::Table() {
  std::vector<std::uint8_t> flat(kLimit, 0);
  std::size_t position = 0;
  for (std::size_t run = 0; run < kClassRunCount; ++run) {
    for (std::uint32_t i = 0; i < kClassRuns[run].length && position < flat.size(); ++i) {
      flat[position++] = kClassRuns[run].classes;
    }
  }
  // Most of the code space repeats a few blocks (unassigned, ideographs, private use).
  std::map<std::vector<std::uint8_t>, std::uint16_t> known;
  for (std::size_t b = 0; b < block_.size(); ++b) {
    const auto begin = flat.begin() + static_cast<std::ptrdiff_t>(b * 256);
    std::vector<std::uint8_t> block(begin, begin + 256);
    const auto [entry, is_new] =
        known.try_emplace(std::move(block), static_cast<std::uint16_t>(classes_.size() / 256));
    if (is_new) classes_.insert(classes_.end(), entry->first.begin(), entry->first.end());
    block_[b] = entry->second;
  }

  for (std::size_t r = 0; r < kLowercaseRangeCount; ++r) {
    const LowercaseRange& range = kLowercaseRanges[r];
    for (char32_t c = range.first; c <= range.last; c += range.step) {
      std::uint16_t& block = lower_block_[c >> 8];
      if (block == 0) {
        lower_delta_.resize(lower_delta_.size() + 256, 0);
        block = static_cast<std::uint16_t>(lower_delta_.size() / 256);
      }
      lower_delta_[(block - 1u) * 256u + (c & 255)] = range.delta;
    }
  }
  // Block 1 (U+0100 to U+01FF) exists: it holds Latin Extended-A.
  lower_delta_[(lower_block_[kCapitalIWithDot >> 8] - 1u) * 256u + (kCapitalIWithDot & 255)] =
      static_cast<std::int32_t>('i') - static_cast<std::int32_t>(kCapitalIWithDot);
}

const Table& table() {
  static const Table instance;
  return instance;
}

}  // namespace zerocl::unicode
