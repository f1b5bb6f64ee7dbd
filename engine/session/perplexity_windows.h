#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "engine/tokenizer/tokenizer.h"  // TokenId

namespace zerocl {

// One window of a sliding-window perplexity: tokens [begin, end) of the text stand in the context,
// tokens [first_scored, end) are scored, each from the logits of the token before it.
struct PerplexityWindow {
  std::int64_t begin = 0, end = 0, first_scored = 0;
};

// The windows over a text of `tokens` tokens, as in Hugging Face's recipe
// (huggingface.co/docs/transformers/perplexity): [i * stride, i * stride + window) until the end is
// reached; a token is scored once, and never where it stands first in its window. 0 < stride <=
// window, window >= 2; less than two tokens give no window.
std::vector<PerplexityWindow> perplexity_windows(std::int64_t tokens, std::int64_t window,
                                                 std::int64_t stride);

// -log softmax(logits)[target], in double. NaN where a logit is NaN or +infinity.
double negative_log_likelihood(std::span<const float> logits, TokenId target);

}  // namespace zerocl
