// Which sentence is closest in meaning? Embeds texts with a sentence encoder and compares them.
//   embed MODEL_DIR QUERY TEXT [TEXT ...]        e.g. a quantized all-MiniLM-L6-v2
#include <cmath>
#include <cstdio>
#include <string>
#include <vector>

#include "engine/api/zerocl.h"

namespace {

double cosine(std::span<const float> a, std::span<const float> b) {
  double ab = 0, aa = 0, bb = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    ab += double(a[i]) * b[i];
    aa += double(a[i]) * a[i];
    bb += double(b[i]) * b[i];
  }
  return ab / std::sqrt(aa * bb);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4) {
    std::fprintf(stderr, "usage: embed MODEL_DIR QUERY TEXT [TEXT ...]\n");
    return 2;
  }
  try {
    zerocl::Session session(zerocl::Model::open(argv[1]));
    const std::vector<std::string> texts(argv + 2, argv + argc);
    const zerocl::Matrix vectors = zerocl::encode_texts(session, texts);  // [texts, hidden]
    for (std::size_t i = 1; i < texts.size(); ++i) {
      const double similarity = cosine(vectors.row(0), vectors.row(static_cast<std::int64_t>(i)));
      std::printf("%.4f  %s\n", similarity, texts[i].c_str());
    }
  } catch (const zerocl::Error& error) {
    std::fprintf(stderr, "embed: %s\n", error.what());
    return static_cast<int>(error.kind());
  }
}
