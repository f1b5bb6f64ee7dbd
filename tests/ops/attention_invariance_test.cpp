// What a token's attention depends on, and what it must not depend on: design 1.1.3.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>

#include "engine/verify/cases/row_inputs.h"
#include "host/ops/variant.h"
#include "tests/ops/attention_runner.h"

namespace zerocl {
namespace {

using Type = ops::KvCacheShape::Type;

// Both operators in all variants that the device runs; `check` gets a run without sequences.
void for_each_attention(const std::function<void(AttentionRun&)>& check) {
  for (const Type type : {Type::i8, Type::f32})
    for (const Variant& variant :
         variants_of(type == Type::i8 ? "attention_i8" : "attention_f32")) {
      if (variant.refusal(shared_queue().facts())) continue;
      AttentionRun run;
      run.type = type;
      run.variant = variant.name;
      run.heads = 2;
      check(run);
    }
}

reference::MatrixF tokens(std::uint64_t seed, std::int64_t count, std::int64_t head_size) {
  return make_matrix(seed, count, 3 * 2 * head_size, Fill::random);
}

// Calls that take one sequence in pieces of `step` tokens.
std::vector<std::vector<AttentionRun::Part>> pieces(std::int64_t count, std::int64_t step) {
  std::vector<std::vector<AttentionRun::Part>> calls;
  for (std::int64_t t = 0; t < count; t += step) calls.push_back({{0, std::min(step, count - t)}});
  return calls;
}

TEST(AttentionInvariance, PrefillInPiecesOrTokenByToken) {
  constexpr std::int64_t kTokens = 150;
  for_each_attention([&](AttentionRun& run) {
    SCOPED_TRACE(run_name(run));
    run.qkv = {tokens(1, kTokens, 24)};
    run.calls = one_call(run.qkv);
    const std::vector<reference::MatrixF> whole = run_attention(shared_queue(), run);
    for (const std::int64_t step : {1, 3, 16, 63, 64, 65}) {
      SCOPED_TRACE(step);
      run.calls = pieces(kTokens, step);
      expect_same_bits(whole[0], run_attention(shared_queue(), run)[0]);
    }
  });
}

TEST(AttentionInvariance, NeighboursInTheBatch) {
  for_each_attention([&](AttentionRun& run) {
    for (const bool causal : {true, false}) {
      run.causal = causal;
      SCOPED_TRACE(run_name(run));
      const std::vector<reference::MatrixF> all = {tokens(2, 70, 16), tokens(3, 1, 16),
                                                   tokens(4, 129, 16), tokens(5, 8, 16)};
      run.qkv = all;
      run.calls = one_call(all);
      const std::vector<reference::MatrixF> together = run_attention(shared_queue(), run);
      for (std::size_t s = 0; s < all.size(); ++s) {
        run.qkv = {all[s]};
        run.calls = one_call(run.qkv);
        expect_same_bits(run_attention(shared_queue(), run)[0], together[s]);
      }
    }
  });
}

TEST(AttentionInvariance, PlaceInTheCacheAndOrderOfSequences) {
  for_each_attention([&](AttentionRun& run) {
    SCOPED_TRACE(run_name(run));
    run.qkv = {tokens(6, 130, 32), tokens(7, 66, 32)};
    run.calls = one_call(run.qkv);
    const std::vector<reference::MatrixF> plain = run_attention(shared_queue(), run);
    run.blocks_backwards = true;
    run.calls = {{{1, 20}, {0, 65}}, {{0, 65}, {1, 46}}};
    const std::vector<reference::MatrixF> mixed = run_attention(shared_queue(), run);
    expect_same_bits(plain[0], mixed[0]);
    expect_same_bits(plain[1], mixed[1]);
  });
}

// A token whose key, value or query is NaN or infinite poisons its own head in the tokens that see
// it, and nothing else.
TEST(AttentionInvariance, PoisonReachesDependantsAlone) {
  constexpr std::int64_t kTokens = 140, kSize = 16, kPoisoned = 67;
  for_each_attention([&](AttentionRun& run) {
    SCOPED_TRACE(run_name(run));
    const reference::MatrixF clean = tokens(8, kTokens, kSize), neighbour = tokens(9, 30, kSize);
    run.qkv = {clean, neighbour};
    run.calls = one_call(run.qkv);
    const std::vector<reference::MatrixF> before = run_attention(shared_queue(), run);
    for (const std::int64_t part : {0, 1, 2}) {  // query, key, value of head 1
      SCOPED_TRACE(part);
      run.qkv[0] = clean;
      // An infinite f32 key gives scores of either infinity, as mathematics has it.
      run.qkv[0](kPoisoned, part * 2 * kSize + kSize + 3) =
          run.type == Type::i8 && part == 1 ? std::numeric_limits<float>::infinity()
                                            : std::numeric_limits<float>::quiet_NaN();
      const std::vector<reference::MatrixF> after = run_attention(shared_queue(), run);
      expect_same_bits(before[1], after[1]);
      expect_same_bits(before[0].leftCols(kSize), after[0].leftCols(kSize));
      expect_same_bits(before[0].topRows(kPoisoned), after[0].topRows(kPoisoned));
      // An f32 value poisons its own column alone: no scale joins the columns.
      const reference::Index column = kSize + 3;
      EXPECT_TRUE(std::isnan(after[0](kPoisoned, column)));
      if (part == 0) {
        expect_same_bits(before[0].bottomRows(kTokens - kPoisoned - 1),
                         after[0].bottomRows(kTokens - kPoisoned - 1));
      } else {
        for (reference::Index t = kPoisoned; t < kTokens; ++t)
          EXPECT_TRUE(std::isnan(after[0](t, column))) << "token " << t;
      }
    }
  });
}

}  // namespace
}  // namespace zerocl
