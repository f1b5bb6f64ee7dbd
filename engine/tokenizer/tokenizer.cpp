#include "engine/tokenizer/tokenizer.h"

#include <utility>

#include "engine/tokenizer/utf8.h"

namespace zerocl {

Tokenizer::~Tokenizer() = default;

std::string StreamDecoder::push(TokenId id) {
  if ((skip_special_ && tokenizer_->is_special(id)) || !tokenizer_->token(id)) return {};
  pending_ += tokenizer_->decode_token(id, first_);
  first_ = false;

  // Everything but a character that may still be completed.
  std::size_t certain = 0;
  while (certain < pending_.size()) {
    const utf8::Step step = utf8::step(std::string_view(pending_).substr(certain));
    if (step.kind == utf8::Step::Kind::truncated) break;
    certain += step.length;
  }
  std::string text;
  utf8::append_replacing_invalid(std::string_view(pending_).substr(0, certain), text);
  pending_.erase(0, certain);
  return text;
}

std::string StreamDecoder::finish() {
  std::string text;
  utf8::append_replacing_invalid(std::exchange(pending_, {}), text);
  first_ = true;
  return text;
}

}  // namespace zerocl
