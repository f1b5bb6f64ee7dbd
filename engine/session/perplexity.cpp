#include "engine/session/perplexity.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>
#include <thread>
#include <vector>

#include "engine/session/open_sequence.h"
#include "engine/session/perplexity_windows.h"
#include "host/error.h"

namespace zerocl {
namespace {

struct Plan {
  std::span<const TokenId> ids;
  std::vector<PerplexityWindow> windows;
};

Plan make_plan(const Session& session, std::span<const TokenId> ids,
               const PerplexityOptions& options) {
  const ModelConfig& config = session.model().config();
  if (!config.causal() || config.head != HeadType::causal_lm) {
    throw Error(config.architecture + " has no perplexity: it is no causal language model",
                ErrorKind::usage);
  }
  const std::int64_t window = options.window != 0 ? options.window : config.max_tokens();
  const std::int64_t stride =
      options.stride != 0 ? options.stride : std::max<std::int64_t>(window / 2, 1);
  if (window < 2 || window > config.max_tokens()) {
    throw Error("perplexity: a window of " + std::to_string(window) +
                    " tokens; it must be from 2 to the model's " +
                    std::to_string(config.max_tokens()) + " positions",
                ErrorKind::usage);
  }
  if (stride < 1 || stride > window) {
    throw Error("perplexity: a stride of " + std::to_string(stride) +
                    " tokens; it must be from 1 to the window's " + std::to_string(window),
                ErrorKind::usage);
  }
  if (options.limit < 0) throw Error("perplexity: limit must be >= 0", ErrorKind::usage);
  if (options.limit > 0 && options.limit < std::ssize(ids)) {
    ids = ids.first(static_cast<std::size_t>(options.limit));
  }
  if (ids.size() < 2) throw Error("perplexity: the text has fewer than two tokens");
  for (const TokenId id : ids) {
    if (id < 0 || id >= config.vocabulary) {
      throw Error("perplexity: token id " + std::to_string(id) +
                  " is outside the model's vocabulary of " + std::to_string(config.vocabulary));
    }
  }
  return {ids, perplexity_windows(std::ssize(ids), window, stride)};
}

// Row r predicts targets[r]. The rows are independent, so the processor's cores share them; the sum
// is taken in order, so that it does not depend on their number.
double sum_losses(const Matrix& logits, std::span<const TokenId> targets) {
  std::vector<double> losses(targets.size());
  const auto work = [&](std::size_t first, std::size_t step) {
    for (std::size_t r = first; r < targets.size(); r += step) {
      losses[r] = negative_log_likelihood(logits.row(static_cast<std::int64_t>(r)), targets[r]);
    }
  };
  const std::size_t threads = std::clamp<std::size_t>(
      std::thread::hardware_concurrency(), 1, std::max<std::size_t>(targets.size() / 16, 1));
  {
    std::vector<std::jthread> helpers;
    for (std::size_t t = 1; t < threads; ++t) helpers.emplace_back(work, t, threads);
    work(0, threads);
  }
  return std::accumulate(losses.begin(), losses.end(), 0.0);
}

}  // namespace

PerplexityResult perplexity(Session& session, std::span<const TokenId> ids,
                            const PerplexityOptions& options,
                            const std::function<bool(std::int64_t, std::int64_t)>& progress) {
  const Plan plan = make_plan(session, ids, options);
  PerplexityResult result;
  double loss = 0;
  for (const PerplexityWindow& window : plan.windows) {
    const auto part = [&](std::int64_t begin, std::int64_t end) {
      return plan.ids.subspan(static_cast<std::size_t>(begin),
                              static_cast<std::size_t>(end - begin));
    };
    const OpenSequence sequence(session);
    // Token t is predicted from the row before it, so the window's last token is no input.
    const Matrix logits = session.extend(sequence.id(), part(window.begin, window.end - 1),
                                         window.end - window.first_scored);
    loss += sum_losses(logits, part(window.first_scored, window.end));
    result.tokens += window.end - window.first_scored;
    if (progress && !progress(window.end, std::ssize(plan.ids))) {
      throw Error("perplexity: interrupted");
    }
  }
  result.perplexity = std::exp(loss / static_cast<double>(result.tokens));
  return result;
}

}  // namespace zerocl
