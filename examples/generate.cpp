// Continues a text, printed as it comes.
//   generate MODEL_DIR PROMPT [TOKENS]        e.g. examples/gpt2-novels-4m "It was a dark"
#include <cstdio>
#include <cstdlib>
#include <string>

#include "engine/api/zerocl.h"

int main(int argc, char** argv) {
  if (argc < 3) {
    std::fprintf(stderr, "usage: generate MODEL_DIR PROMPT [TOKENS]\n");
    return 2;
  }
  try {
    zerocl::Session session(zerocl::Model::open(argv[1]));
    zerocl::GenerateOptions options;
    options.max_tokens = argc > 3 ? std::atol(argv[3]) : 64;
    options.stop = zerocl::stop_tokens(session.model());
    options.sampling = {.temperature = 0.8f, .top_k = 40, .top_p = 0.95f, .seed = 1};
    std::fputs(argv[2], stdout);
    zerocl::generate_text(session, argv[2], options, [](const std::string& piece) {
      std::fputs(piece.c_str(), stdout);
      std::fflush(stdout);
      return true;  // go on
    });
    std::fputs("\n", stdout);
  } catch (const zerocl::Error& error) {
    std::fprintf(stderr, "generate: %s\n", error.what());
    return static_cast<int>(error.kind());
  }
}
