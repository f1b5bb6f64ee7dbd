#pragma once

#include <gtest/gtest.h>

#include <bit>
#include <cstdint>
#include <string>

#include "engine/session/session.h"

namespace zerocl::testing {

// Tokens that look random; `state` goes on from text to text.
inline TokenSequence random_tokens(std::size_t length, std::uint32_t& state, const Model& model) {
  TokenSequence sequence;
  for (std::size_t t = 0; t < length; ++t) {
    state = state * 1664525U + 1013904223U;  // Numerical Recipes' generator
    sequence.ids.push_back(
        static_cast<TokenId>((state >> 8) % static_cast<std::uint32_t>(model.config().vocabulary)));
  }
  return sequence;
}

inline void expect_same_bits(const Matrix& a, const Matrix& b, const std::string& what) {
  ASSERT_EQ(a.rows, b.rows) << what;
  ASSERT_EQ(a.cols, b.cols) << what;
  for (std::size_t i = 0; i < a.values.size(); ++i)
    ASSERT_EQ(std::bit_cast<std::uint32_t>(a.values[i]), std::bit_cast<std::uint32_t>(b.values[i]))
        << what << " at " << i;
}

}  // namespace zerocl::testing
