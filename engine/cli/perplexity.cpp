#include "engine/session/perplexity.h"

#include <fmt/format.h>

#include "engine/cli/commands.h"
#include "engine/cli/common_options.h"
#include "engine/cli/output.h"
#include "engine/cli/progress.h"
#include "engine/cli/signals.h"
#include "engine/cli/text_source.h"

namespace zerocl::cli {
namespace {

struct Options {
  ModelOptions model;
  std::string file;
  PerplexityOptions perplexity;
};

int run_perplexity(const Options& options) {
  const auto model = options.model.open();
  const std::vector<TokenId> ids = model->tokenizer().encode(read_input(options.file)).ids;
  Session session(model, options.model.session);
  const InterruptGuard guard;
  PerplexityResult result;
  const auto start = std::chrono::steady_clock::now();
  {
    Progress progress("perplexity", "tokens");
    result =
        perplexity(session, ids, options.perplexity, [&](std::int64_t done, std::int64_t total) {
          progress.update(done, total);
          return !interrupted();
        });
  }
  const double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  const std::int64_t positions = model->config().max_tokens();
  const std::int64_t window =
      options.perplexity.window != 0 ? options.perplexity.window : positions;
  const std::int64_t stride =
      options.perplexity.stride != 0 ? options.perplexity.stride : window / 2;
  if (options.model.json) {
    out().json({{"perplexity", json_number(result.perplexity)},
                {"tokens", result.tokens},
                {"window", window},
                {"stride", stride},
                {"scheme", model->scheme()},
                {"device", session.device_name()},
                {"seconds", seconds}});
  } else {
    out().line(fmt::format("perplexity {:.4f} over {} tokens (window {}, stride {})",
                           result.perplexity, result.tokens, window, stride));
    fmt::print(stderr, "{:.1f} s, {:.0f} tokens/s\n", seconds,
               static_cast<double>(result.tokens) / seconds);
  }
  return 0;
}

}  // namespace

void add_perplexity(CLI::App& program, Run& run) {
  auto options = std::make_shared<Options>();
  CLI::App* command = add_command(
      program, "perplexity", "Sliding-window perplexity of a language model on a text",
      "  zerocl perplexity gpt2 -f wiki.test.raw\n"
      "  zerocl perplexity gpt2 -f heldout.txt --window 1024 --stride 512 --limit 200000 --json");
  options->model.declare(*command);
  command->add_option("-f,--file", options->file, "The text; - is standard input")
      ->required()
      ->type_name("FILE");
  command
      ->add_option("--window", options->perplexity.window,
                   "Tokens of one window; default: the model's positions")
      ->type_name("N")
      ->check(CLI::PositiveNumber);
  command
      ->add_option("--stride", options->perplexity.stride,
                   "Tokens from one window to the next, each of which scores what the one before "
                   "did not; default: half the window")
      ->type_name("N")
      ->check(CLI::PositiveNumber);
  command->add_option("--limit", options->perplexity.limit, "The first N tokens of the text only")
      ->type_name("N")
      ->check(CLI::PositiveNumber);
  command->callback([&run, options] { run = [options] { return run_perplexity(*options); }; });
}

}  // namespace zerocl::cli
