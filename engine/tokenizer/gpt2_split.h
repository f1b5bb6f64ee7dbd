#pragma once

#include <cstddef>
#include <string_view>

#include "engine/tokenizer/unicode.h"

namespace zerocl {

// End of the word that begins at `begin` < text.size() (text: valid UTF-8), by GPT-2's pattern
//   's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
// of which the first alternative that matches counts. Some alternative always does.
std::size_t gpt2_word_end(std::string_view text, std::size_t begin,
                          const unicode::Table& characters);

}  // namespace zerocl
