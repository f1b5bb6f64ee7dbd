#include "engine/session/perplexity_windows.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace zerocl {

std::vector<PerplexityWindow> perplexity_windows(std::int64_t tokens, std::int64_t window,
                                                 std::int64_t stride) {
  std::vector<PerplexityWindow> windows;
  std::int64_t scored_until = 0;
  for (std::int64_t begin = 0; scored_until < tokens; begin += stride) {
    const std::int64_t end = std::min(begin + window, tokens);
    // The first token of a window has nothing before it there. It was scored by the window before,
    // unless the windows do not overlap (stride = window): then it is not scored, as in the recipe.
    const std::int64_t first = std::max(scored_until, begin + 1);
    if (first < end) windows.push_back({begin, end, first});
    scored_until = end;
  }
  return windows;
}

double negative_log_likelihood(std::span<const float> logits, TokenId target) {
  float largest = -std::numeric_limits<float>::infinity();
  for (const float x : logits) {
    if (!(x < std::numeric_limits<float>::infinity())) {  // NaN too
      return std::numeric_limits<double>::quiet_NaN();
    }
    largest = std::max(largest, x);
  }
  const auto reference = static_cast<double>(largest);
  // Four sums: a single one would wait for the addition before it at every step.
  double sums[4] = {0, 0, 0, 0};
  std::size_t i = 0;
  for (; i + 4 <= logits.size(); i += 4) {
    for (std::size_t lane = 0; lane < 4; ++lane) {
      sums[lane] += std::exp(static_cast<double>(logits[i + lane]) - reference);
    }
  }
  for (; i < logits.size(); ++i) sums[0] += std::exp(static_cast<double>(logits[i]) - reference);
  const double sum = (sums[0] + sums[1]) + (sums[2] + sums[3]);
  return std::log(sum) -
         (static_cast<double>(logits[static_cast<std::size_t>(target)]) - reference);
}

}  // namespace zerocl
