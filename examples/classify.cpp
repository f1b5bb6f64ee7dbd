// Quantizes a classifier to INT8, proves on this machine that the device computes the reference's
// bits, and labels texts.
//   classify MODEL_DIR WORK_DIR TEXT [TEXT ...]        e.g. examples/bert-sst2-5m /tmp/sst2-w8a8
#include <cstdio>
#include <filesystem>
#include <vector>

#include "engine/api/zerocl.h"

int main(int argc, char** argv) {
  if (argc < 4) {
    std::fprintf(stderr, "usage: classify MODEL_DIR WORK_DIR TEXT [TEXT ...]\n");
    return 2;
  }
  try {
    const std::filesystem::path quantized = argv[2];
    if (!std::filesystem::exists(quantized)) zerocl::quantize_model(argv[1], quantized, {});

    const zerocl::VerifyReport report = zerocl::verify_model(quantized, {.max_tokens = 16});
    if (const zerocl::VerifyItem* wrong = report.first_mismatch()) {
      std::fprintf(stderr, "%s differs: %s\n", wrong->name.c_str(),
                   wrong->mismatch->text().c_str());
      return 4;
    }

    zerocl::Session session(zerocl::Model::open(quantized));
    std::vector<zerocl::TextPair> texts;
    for (int i = 3; i < argc; ++i) texts.push_back({argv[i], {}});
    const auto results = zerocl::classify_texts(session, texts);
    for (std::size_t i = 0; i < texts.size(); ++i) {
      const std::string& label = session.model().config().labels[results[i].best];
      std::printf("%s %.4f  %s\n", label.c_str(), results[i].scores[results[i].best],
                  texts[i].text.c_str());
    }
  } catch (const zerocl::Error& error) {
    std::fprintf(stderr, "classify: %s\n", error.what());
    return static_cast<int>(error.kind());
  }
}
