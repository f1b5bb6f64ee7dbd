#include "engine/tokenizer/normalizer.h"

#include <algorithm>
#include <utility>

#include "engine/tokenizer/normal_form.h"
#include "engine/tokenizer/unicode.h"
#include "engine/tokenizer/utf8.h"

namespace zerocl {
namespace {

// The blocks that BERT takes for Chinese, in ascending order (its list ends with the
// compatibility supplement and leaves out U+2B820 to U+2B91F).
bool is_ideograph(char32_t c) {
  return (c >= 0x3400 && c <= 0x4DBF) || (c >= 0x4E00 && c <= 0x9FFF) ||
         (c >= 0xF900 && c <= 0xFAFF) || (c >= 0x20000 && c <= 0x2A6DF) ||
         (c >= 0x2A700 && c <= 0x2B81F) || (c >= 0x2B920 && c <= 0x2CEAF) ||
         (c >= 0x2F800 && c <= 0x2FA1F);
}

void clean_text(std::u32string& text) {
  const unicode::Table& characters = unicode::table();
  std::size_t kept = 0;
  for (const char32_t c : text) {
    const std::uint8_t classes = characters.classes(c);
    if (classes & unicode::kRemoved) {
      // Tab, line feed and carriage return are controls that count as white space.
      if (c == '\t' || c == '\n' || c == '\r') text[kept++] = ' ';
      continue;
    }
    text[kept++] = classes & unicode::kSpace ? U' ' : c;
  }
  text.resize(kept);
}

void space_around_ideographs(std::u32string& text) {
  if (std::none_of(text.begin(), text.end(), is_ideograph)) return;
  std::u32string spaced;
  for (const char32_t c : text) {
    if (is_ideograph(c)) {
      spaced += {U' ', c, U' '};
    } else {
      spaced.push_back(c);
    }
  }
  text = std::move(spaced);
}

void strip_nonspacing_marks(std::u32string& text) {
  const unicode::Table& characters = unicode::table();
  std::erase_if(text, [&](char32_t c) { return characters.is(c, unicode::kNonspacingMark); });
}

void lowercase(std::u32string& text) {
  const unicode::Table& characters = unicode::table();
  const auto dotted = std::count(text.begin(), text.end(), unicode::kCapitalIWithDot);
  if (dotted == 0) {
    for (char32_t& c : text) c = characters.lowercase(c);
    return;
  }
  std::u32string lower;
  lower.reserve(text.size() + static_cast<std::size_t>(dotted));
  for (const char32_t c : text) {
    lower.push_back(characters.lowercase(c));
    if (c == unicode::kCapitalIWithDot) lower.push_back(unicode::kDotAbove);
  }
  text = std::move(lower);
}

}  // namespace

Normalizer::Normalizer(std::vector<Step> steps) : steps_(std::move(steps)) {
  for (std::size_t c = 0; c < ascii_.size(); ++c) {
    std::u32string one(1, static_cast<char32_t>(c));
    apply_steps(one);
    // No step turns an ASCII character into anything but one ASCII character or nothing.
    ascii_[c] = one.empty() ? std::int16_t{-1} : static_cast<std::int16_t>(one[0]);
  }
}

std::vector<Normalizer::Step> Normalizer::bert_steps(bool clean_text, bool handle_chinese_chars,
                                                     bool strip_accents, bool lowercase) {
  std::vector<Step> steps;
  if (clean_text) steps.push_back(Step::clean_text);
  if (handle_chinese_chars) steps.push_back(Step::space_around_ideographs);
  if (strip_accents) steps.insert(steps.end(), {Step::nfd, Step::strip_nonspacing_marks});
  if (lowercase) steps.push_back(Step::lowercase);
  return steps;
}

void Normalizer::apply_steps(std::u32string& text) const {
  for (const Step step : steps_) {
    switch (step) {
      case Step::clean_text:
        clean_text(text);
        break;
      case Step::space_around_ideographs:
        space_around_ideographs(text);
        break;
      case Step::nfc:
        normalize(text, NormalForm::nfc);
        break;
      case Step::nfd:
        normalize(text, NormalForm::nfd);
        break;
      case Step::nfkc:
        normalize(text, NormalForm::nfkc);
        break;
      case Step::nfkd:
        normalize(text, NormalForm::nfkd);
        break;
      case Step::strip_nonspacing_marks:
        strip_nonspacing_marks(text);
        break;
      case Step::lowercase:
        lowercase(text);
        break;
    }
  }
}

void Normalizer::apply(std::string_view text, std::string& out) const {
  if (steps_.empty()) {
    out.append(text);
    return;
  }
  // ASCII characters go through a table. Only normal forms look at more than one character, and
  // no mark composes with or moves across an ASCII character that follows it and stays; so a run
  // of others, together with the one ASCII character before it, is a text of its own.
  const auto is_simple = [&](std::size_t i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    return byte < 0x80 && ascii_[byte] >= 0;
  };
  std::u32string run;
  std::size_t at = 0;
  while (at < text.size()) {
    if (is_simple(at) && (at + 1 == text.size() || is_simple(at + 1))) {
      out.push_back(static_cast<char>(ascii_[static_cast<unsigned char>(text[at++])]));
      continue;
    }
    run.clear();
    do {
      run.push_back(utf8::next(text, at));
    } while (at < text.size() && !is_simple(at));
    apply_steps(run);
    for (const char32_t c : run) utf8::append(c, out);
  }
}

}  // namespace zerocl
