#include "engine/session/generate.h"

#include <algorithm>
#include <chrono>
#include <string>

#include "engine/session/open_sequence.h"
#include "host/error.h"

namespace zerocl {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

void check(const Session& session, std::span<const TokenId> prompt,
           const GenerateOptions& options) {
  const ModelConfig& config = session.model().config();
  if (!config.causal() || config.head != HeadType::causal_lm) {
    throw Error(config.architecture + " does not generate text: it is no causal language model",
                ErrorKind::usage);
  }
  if (prompt.empty()) throw Error("the prompt has no tokens", ErrorKind::usage);
  if (std::ssize(prompt) > config.max_tokens()) {
    throw Error("the prompt has " + std::to_string(prompt.size()) + " tokens, the model only " +
                std::to_string(config.max_tokens()) + " positions");
  }
  if (options.max_tokens < 0) {
    throw Error("the number of tokens to generate must be >= 0", ErrorKind::usage);
  }
}

// The first launches build kernels and load weights: one token goes ahead, so that the times that
// are reported are the model's.
void warm_up(Session& session, TokenId token, bool greedy) {
  const OpenSequence sequence(session);
  if (greedy) {
    session.extend_greedy(sequence.id(), {&token, 1});
  } else {
    session.extend(sequence.id(), {&token, 1});
  }
}

}  // namespace

GenerateResult generate(Session& session, std::span<const TokenId> prompt,
                        const GenerateOptions& options,
                        const std::function<bool(TokenId)>& on_token) {
  check(session, prompt, options);
  GenerateResult result;
  if (options.max_tokens == 0) return result;

  warm_up(session, prompt.front(), options.sampling.temperature == 0);
  const OpenSequence sequence(session);
  // The position of the token that is drawn is its number in the whole text.
  const auto next = [&](std::span<const TokenId> tokens) {
    if (options.sampling.temperature == 0) return session.extend_greedy(sequence.id(), tokens);
    const Matrix logits = session.extend(sequence.id(), tokens);
    return sample(logits.row(0), options.sampling,
                  static_cast<std::uint64_t>(session.length(sequence.id())));
  };

  auto start = Clock::now();
  TokenId token = next(prompt);
  result.prefill_seconds = seconds_since(start);
  start = Clock::now();
  while (true) {
    if (std::find(options.stop.begin(), options.stop.end(), token) != options.stop.end()) {
      result.stopped = true;
      break;
    }
    result.ids.push_back(token);
    if (on_token && !on_token(token)) break;
    if (std::ssize(result.ids) == options.max_tokens) break;
    if (session.length(sequence.id()) == session.model().config().max_tokens()) break;
    token = next({&token, 1});
  }
  result.decode_seconds = seconds_since(start);
  return result;
}

}  // namespace zerocl
