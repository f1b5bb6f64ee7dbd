#include "engine/cli/bench_workloads.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <numeric>
#include <random>
#include <span>

#include "engine/cli/signals.h"
#include "engine/session/open_sequence.h"
#include "host/error.h"

namespace zerocl::cli {
namespace {

// The speed does not depend on which ids there are; special ones at the start are avoided.
std::vector<TokenId> some_ids(const ModelConfig& config, std::int64_t count) {
  std::vector<TokenId> ids;
  std::uint32_t state = 1;  // Numerical Recipes' generator
  for (std::int64_t i = 0; i < count; ++i) {
    state = state * 1664525U + 1013904223U;
    ids.push_back(
        static_cast<TokenId>((state >> 8) % static_cast<std::uint32_t>(config.vocabulary)));
  }
  return ids;
}

Workload prompt_workload(const ModelConfig& config, std::int64_t length) {
  return {{fmt::format("pp{}", length), 1, length},
          [ids = some_ids(config, length)](Session& session) {
            const OpenSequence sequence(session);
            session.extend_greedy(sequence.id(), ids);
          }};
}

// Token by token from an empty context, `batch` sequences side by side.
Workload generate_workload(const ModelConfig& config, std::int64_t length, std::int64_t batch) {
  Figure figure{fmt::format("tg{}", length), batch, length * batch};
  if (batch == 1) {
    return {figure, [length, first = some_ids(config, 1).front()](Session& session) {
              const OpenSequence sequence(session);
              TokenId token = first;
              for (std::int64_t i = 0; i < length; ++i) {
                check_interrupted();
                token = session.extend_greedy(sequence.id(), {&token, 1});
              }
            }};
  }
  return {figure, [length, batch, ids = some_ids(config, batch)](Session& session) {
            std::vector<std::unique_ptr<OpenSequence>> open;
            std::vector<Session::SequenceId> sequences;
            std::vector<std::vector<TokenId>> tokens;
            for (std::int64_t b = 0; b < batch; ++b) {
              open.push_back(std::make_unique<OpenSequence>(session));
              sequences.push_back(open.back()->id());
              tokens.push_back({ids[static_cast<std::size_t>(b)]});
            }
            for (std::int64_t i = 0; i < length; ++i) {
              check_interrupted();
              session.extend_batch(sequences, tokens);
            }
          }};
}

// Encoders: what `encode` or `classify` runs.
Workload encode_workload(const ModelConfig& config, std::string name,
                         std::span<const std::int64_t> lengths) {
  const auto batch = static_cast<std::int64_t>(lengths.size());
  Figure figure{std::move(name), batch,
                std::accumulate(lengths.begin(), lengths.end(), std::int64_t{0})};
  std::vector<TokenSequence> sequences;
  for (const std::int64_t length : lengths) sequences.push_back({some_ids(config, length), {}});
  const bool classifier = config.head == HeadType::sequence_classification;
  return {figure, [classifier, sequences = std::move(sequences)](Session& session) {
            if (classifier) {
              session.forward(sequences);
            } else {
              const ModelConfig& c = session.model().config();
              session.embed(sequences, c.pooling == Pooling::none ? Pooling::mean : c.pooling,
                            c.normalize);
            }
          }};
}

// `tokens` over `count` sequences, as evenly as whole tokens go.
std::vector<std::int64_t> equal_lengths(std::int64_t tokens, std::size_t count) {
  const auto sequences = static_cast<std::int64_t>(count);
  std::vector<std::int64_t> lengths(count, tokens / sequences);
  for (std::int64_t i = 0; i < tokens % sequences; ++i) ++lengths[static_cast<std::size_t>(i)];
  return lengths;
}

Turns mixed_workloads(const ModelConfig& config, LengthRange range, std::int64_t batch) {
  const std::vector<std::int64_t> lengths = uniform_lengths(range, batch, kLengthsSeed);
  const std::int64_t tokens = std::accumulate(lengths.begin(), lengths.end(), std::int64_t{0});
  const std::vector<std::int64_t> equal = equal_lengths(tokens, lengths.size());
  const std::vector<std::int64_t> padded(lengths.size(), range.high);
  Turns turns;
  turns.push_back(encode_workload(
      config, fmt::format("{} x {}:{}, mixed", batch, range.low, range.high), lengths));
  turns.push_back(
      encode_workload(config, fmt::format("{} x {}, padded", batch, range.high), padded));
  const std::string length = equal.front() == equal.back()
                                 ? fmt::format("{}", equal.front())
                                 : fmt::format("{}:{}", equal.back(), equal.front());
  turns.push_back(
      encode_workload(config, fmt::format("{} x {}, as many tokens", batch, length), equal));
  return turns;
}

std::vector<Turns> decoder_workloads(const BenchOptions& options, const ModelConfig& config) {
  std::vector<Turns> all;
  all.push_back({prompt_workload(config, std::min(options.prompt, config.max_tokens()))});
  const std::int64_t length = std::min(options.generated, config.max_tokens());
  for (const std::int64_t batch : options.batches) {
    all.push_back({generate_workload(config, length, batch)});
  }
  return all;
}

}  // namespace

double Figure::tokens_per_second() const {
  return static_cast<double>(tokens) / median(seconds);
}

std::vector<std::int64_t> uniform_lengths(LengthRange range, std::int64_t count,
                                          std::uint64_t seed) {
  std::mt19937_64 random(seed);  // its numbers are the standard's; the distributions' are not
  const auto span = static_cast<std::uint64_t>(range.high - range.low + 1);
  std::vector<std::int64_t> lengths;
  for (std::int64_t i = 0; i < count; ++i) {
    // The remainder favours short lengths by span / 2^64.
    lengths.push_back(range.low + static_cast<std::int64_t>(random() % span));
  }
  return lengths;
}

std::vector<Turns> bench_workloads(const BenchOptions& options, const ModelConfig& config) {
  if (options.lengths && config.causal()) {
    throw Error("--lengths is for encoders", ErrorKind::usage);
  }
  if (options.lengths && options.lengths->high > config.max_tokens()) {
    throw Error(fmt::format("--lengths {}:{}: the model takes {} tokens", options.lengths->low,
                            options.lengths->high, config.max_tokens()),
                ErrorKind::usage);
  }
  if (config.causal()) return decoder_workloads(options, config);
  std::vector<Turns> all;
  const std::int64_t length = std::min(options.sequence, config.max_tokens());
  for (const std::int64_t batch : options.batches) {
    if (options.lengths) {
      all.push_back(mixed_workloads(config, *options.lengths, batch));
    } else {
      const std::vector<std::int64_t> lengths(static_cast<std::size_t>(batch), length);
      all.push_back({encode_workload(config, fmt::format("{} x {}", batch, length), lengths)});
    }
  }
  return all;
}

}  // namespace zerocl::cli
