#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace zerocl {

// The normalizers of a tokenizer, as a list of elementary steps over one piece of text.
class Normalizer {
 public:
  enum class Step {
    clean_text,               // drop controls and U+FFFD, white space becomes ' '
    space_around_ideographs,  // BERT's handle_chinese_chars
    nfc,
    nfd,
    nfkc,
    nfkd,
    strip_nonspacing_marks,
    lowercase,  // character by character, as Rust's char::to_lowercase
  };

  Normalizer() : Normalizer(std::vector<Step>{}) {}
  explicit Normalizer(std::vector<Step> steps);

  // BertNormalizer: strip_accents also decomposes (NFD) first.
  static std::vector<Step> bert_steps(bool clean_text, bool handle_chinese_chars,
                                      bool strip_accents, bool lowercase);

  bool empty() const { return steps_.empty(); }

  // Appends the normalized text (valid UTF-8) to out.
  void apply(std::string_view text, std::string& out) const;

 private:
  void apply_steps(std::u32string& text) const;

  std::vector<Step> steps_;
  // Everything the steps do to an ASCII character: its replacement, or -1 to drop it.
  std::array<std::int16_t, 128> ascii_{};
};

}  // namespace zerocl
