#include "engine/session/text.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace zerocl {
namespace {

std::vector<TokenSequence> sequences_of(const std::vector<std::size_t>& lengths) {
  std::vector<TokenSequence> sequences;
  for (const std::size_t length : lengths) sequences.push_back({std::vector<TokenId>(length), {}});
  return sequences;
}

using Batches = std::vector<std::vector<std::size_t>>;

TEST(BatchesByLength, LongestFirstWithinTheLimit) {
  EXPECT_EQ(batches_by_length(sequences_of({3, 9, 4, 4, 1}), 9), (Batches{{1}, {2, 3}, {0, 4}}));
}

TEST(BatchesByLength, ALongerSequenceGoesAlone) {
  EXPECT_EQ(batches_by_length(sequences_of({2, 20, 3}), 5), (Batches{{1}, {2, 0}}));
}

TEST(BatchesByLength, EveryIndexOnce) {
  std::vector<std::size_t> lengths;
  for (std::size_t i = 0; i < 1000; ++i) lengths.push_back(i * 7919 % 61);
  std::vector<int> seen(lengths.size());
  for (const auto& batch : batches_by_length(sequences_of(lengths), 128)) {
    EXPECT_FALSE(batch.empty());
    for (const std::size_t index : batch) ++seen[index];
  }
  EXPECT_TRUE(std::all_of(seen.begin(), seen.end(), [](int count) { return count == 1; }));
  EXPECT_TRUE(batches_by_length({}, 128).empty());
}

}  // namespace
}  // namespace zerocl
