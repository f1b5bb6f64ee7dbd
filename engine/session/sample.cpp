// How the next token is drawn from logits (generate.h).
#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "engine/session/generate.h"
#include "host/error.h"

namespace zerocl {
namespace {

// One step of SplitMix64 (Steele, Lea, Flood 2014): a bijection whose outputs pass BigCrush.
std::uint64_t mix(std::uint64_t x) {
  x += 0x9e3779b97f4a7c15ULL;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
  return x ^ (x >> 31);
}

// Uniform in [0, 1), a function of seed and position alone: a text can be continued or repeated
// from any place without a generator's state.
double uniform(std::uint64_t seed, std::uint64_t position) {
  return static_cast<double>(mix(mix(seed) ^ position) >> 11) * 0x1.0p-53;
}

// A NaN never wins, and the lowest id wins a tie, as the device's argmax has it (NUMERICS.md 3.17).
float rank_value(float logit) {
  return std::isnan(logit) ? -std::numeric_limits<float>::infinity() : logit;
}

struct Candidate {
  TokenId id;
  double weight;  // exp((logit - max) / temperature)
};

bool ranks_before(std::span<const float> logits, TokenId a, TokenId b) {
  const float x = rank_value(logits[static_cast<std::size_t>(a)]);
  const float y = rank_value(logits[static_cast<std::size_t>(b)]);
  return x != y ? x > y : a < b;
}

// The ids that may be drawn: all of them in order, or where a limit needs a ranking, best first.
std::vector<TokenId> ranked(std::span<const float> logits, const SamplingOptions& options) {
  std::vector<TokenId> ids(logits.size());
  std::iota(ids.begin(), ids.end(), TokenId{0});
  const auto before = [&](TokenId a, TokenId b) { return ranks_before(logits, a, b); };
  const auto top_k = static_cast<std::size_t>(options.top_k);
  if (top_k > 0 && top_k < ids.size()) {
    std::partial_sort(ids.begin(), ids.begin() + options.top_k, ids.end(), before);
    ids.resize(top_k);
  } else if (options.top_p < 1) {
    std::sort(ids.begin(), ids.end(), before);
  }
  return ids;
}

// Keeps the shortest run of best candidates that holds at least top_p of the weight.
void keep_top_p(std::vector<Candidate>& candidates, float top_p) {
  double total = 0;
  for (const Candidate& c : candidates) total += c.weight;
  double sum = 0;
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    sum += candidates[i].weight;
    if (sum >= static_cast<double>(top_p) * total) {
      candidates.resize(i + 1);
      return;
    }
  }
}

void check(std::span<const float> logits, const SamplingOptions& options) {
  if (logits.empty()) throw Error("sample: no logits");
  if (!(options.temperature >= 0) || std::isinf(options.temperature)) {
    throw Error("temperature must be a number >= 0", ErrorKind::usage);
  }
  if (options.top_k < 0) throw Error("top-k must be >= 0", ErrorKind::usage);
  if (!(options.top_p > 0 && options.top_p <= 1)) {
    throw Error("top-p must be above 0 and at most 1", ErrorKind::usage);
  }
}

}  // namespace

TokenId sample(std::span<const float> logits, const SamplingOptions& options,
               std::uint64_t position) {
  check(logits, options);
  TokenId best = 0;
  for (std::size_t i = 1; i < logits.size(); ++i) {
    const auto id = static_cast<TokenId>(i);
    if (ranks_before(logits, id, best)) best = id;
  }
  const float largest = rank_value(logits[static_cast<std::size_t>(best)]);
  if (options.temperature == 0) return best;
  if (!std::isfinite(largest)) {
    throw Error("sample: the largest logit is not a finite number, there is nothing to draw from");
  }

  std::vector<Candidate> candidates;
  for (const TokenId id : ranked(logits, options)) {
    const double difference =
        static_cast<double>(rank_value(logits[static_cast<std::size_t>(id)])) -
        static_cast<double>(largest);
    candidates.push_back({id, std::exp(difference / static_cast<double>(options.temperature))});
  }
  if (options.top_p < 1) keep_top_p(candidates, options.top_p);

  double total = 0;
  for (const Candidate& c : candidates) total += c.weight;
  double rest = uniform(options.seed, position) * total;
  for (const Candidate& c : candidates) {
    if (rest < c.weight) return c.id;
    rest -= c.weight;
  }
  return best;  // rounding left a crumb beyond the last candidate
}

}  // namespace zerocl
