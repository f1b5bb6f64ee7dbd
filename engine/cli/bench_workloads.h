#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "engine/cli/bench.h"
#include "engine/session/session.h"

namespace zerocl::cli {

// One figure: so many tokens (and sequences) in so many seconds.
struct Figure {
  std::string name;  // "pp512", "tg128", "8 x 128"
  std::int64_t batch = 1;
  std::int64_t tokens = 0;
  std::vector<double> seconds = {};  // of each run

  double tokens_per_second() const;
};

// What is repeated: the same work each time, on the session given.
struct Workload {
  Figure figure;
  std::function<void(Session&)> run;
};

// Workloads of which the runs take turns, so that a clock that drifts favours none of them. More
// than one of them are one batch of mixed lengths: first as it is, then padded to the longest
// length allowed, then with as many tokens in sequences of one length (two neighbouring ones where
// the count does not divide), whose time is what the token count alone predicts.
using Turns = std::vector<Workload>;
constexpr std::size_t kMixed = 0, kPadded = 1, kEqual = 2;

// Sequences' lengths in tokens, uniform over [low, high]: the same for the same seed everywhere.
constexpr std::uint64_t kLengthsSeed = 1;
std::vector<std::int64_t> uniform_lengths(LengthRange range, std::int64_t count,
                                          std::uint64_t seed);

// What bench repeats with this model. Throws Error (usage) for lengths that the model cannot take.
std::vector<Turns> bench_workloads(const BenchOptions& options, const ModelConfig& config);

}  // namespace zerocl::cli
