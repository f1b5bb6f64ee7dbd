#pragma once

#include <string>

namespace zerocl {

enum class NormalForm { nfc, nfd, nfkc, nfkd };

// Unicode normal form of text, as Hugging Face tokenizers compute it: characters that their
// (Unicode 9) tables do not know stay as they are and keep what surrounds them apart.
// O(n log n) also for endless runs of combining marks.
void normalize(std::u32string& text, NormalForm form);

}  // namespace zerocl
