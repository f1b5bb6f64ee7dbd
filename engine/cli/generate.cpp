#include <fmt/format.h>

#include "engine/cli/commands.h"
#include "engine/cli/common_options.h"
#include "engine/cli/output.h"
#include "engine/cli/signals.h"
#include "engine/cli/text_source.h"
#include "engine/session/text_tasks.h"
#include "host/error.h"

namespace zerocl::cli {
namespace {

struct Options {
  ModelOptions model;
  std::string prompt, file;
  GenerateOptions generate;
  bool ignore_eos = false;
  bool no_echo = false;
};

std::string read_prompt(const Options& options) {
  if (options.prompt.empty() == options.file.empty()) {
    throw Error("give the prompt by one of -p and --file", ErrorKind::usage);
  }
  if (options.file.empty()) return options.prompt;
  std::string text = read_input(options.file);
  // The end of the last line belongs to the file, not to the text to continue.
  if (text.ends_with('\n')) text.pop_back();
  if (text.ends_with('\r')) text.pop_back();
  return text;
}

double rate(std::size_t tokens, double seconds) {
  return seconds > 0 ? static_cast<double>(tokens) / seconds : 0;
}

// Decoding begins with the second token: the first comes out of the prefill.
std::size_t decoded(const GenerateResult& result) {
  const std::size_t steps = result.ids.size() + (result.stopped ? 1 : 0);
  return steps > 0 ? steps - 1 : 0;
}

void print_speed(const GeneratedText& text) {
  const GenerateResult& result = text.tokens;
  const std::size_t prompt = text.prompt_ids.size();
  fmt::print(stderr,
             "prefill: {} tokens, {:.3f} s, {:.1f} tokens/s; decode: {} tokens, {:.3f} s, {:.1f} "
             "tokens/s\n",
             prompt, result.prefill_seconds, rate(prompt, result.prefill_seconds), decoded(result),
             result.decode_seconds, rate(decoded(result), result.decode_seconds));
}

Json result_json(const Options& options, const Session& session, const std::string& prompt,
                 const GeneratedText& text) {
  const GenerateResult& result = text.tokens;
  return {{"prompt", prompt},
          {"prompt_ids", text.prompt_ids},
          {"ids", result.ids},
          {"text", text.text},
          {"stopped", result.stopped},
          {"seed", options.generate.sampling.seed},
          {"device", session.device_name()},
          {"prefill_seconds", result.prefill_seconds},
          {"prefill_tokens_per_second", rate(text.prompt_ids.size(), result.prefill_seconds)},
          {"decode_seconds", result.decode_seconds},
          {"decode_tokens_per_second", rate(decoded(result), result.decode_seconds)}};
}

int run_generate(const Options& options) {
  const std::string prompt = read_prompt(options);
  const auto model = options.model.open();
  GenerateOptions generate_options = options.generate;
  if (!options.ignore_eos) generate_options.stop = stop_tokens(*model);

  Session session(model, options.model.session);
  const InterruptGuard guard;  // a text that is interrupted ends with its line and its speed
  const bool stream = !options.model.json;
  // The prompt appears with the first token, when nothing can be wrong with it any more.
  bool begun = !stream || options.no_echo;
  const auto show = [&](const std::string& piece) {
    if (stream) {
      if (!begun) out().put(prompt);
      begun = true;
      out().put(piece);
      out().flush();
    }
    return !interrupted();
  };
  const GeneratedText text = generate_text(session, prompt, generate_options, show);
  if (stream) {
    if (!begun) out().put(prompt);
    out().line("");
    out().flush();
    print_speed(text);
  } else {
    out().json(result_json(options, session, prompt, text));
  }
  check_interrupted();
  return 0;
}

}  // namespace

void add_generate(CLI::App& program, Run& run) {
  auto options = std::make_shared<Options>();
  SamplingOptions& sampling = options->generate.sampling;
  CLI::App* command = add_command(
      program, "generate", "Continue a text, printed as it comes",
      "  zerocl generate gpt2 -p \"It was a dark and stormy night\" -n 40\n"
      "  zerocl generate gpt2 --file prompt.txt --temp 0.8 --top-k 40 --top-p 0.95 --seed 7\n"
      "  zerocl generate gpt2 -p \"Once\" --json");
  options->model.declare(*command);
  command->add_option("-p,--prompt", options->prompt, "The text to continue")->type_name("TEXT");
  command
      ->add_option("--file", options->file, "File with the text to continue; - is standard input")
      ->type_name("FILE");
  command->add_option("-n,--tokens", options->generate.max_tokens, "Tokens to add at most")
      ->type_name("N")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  command->add_option("--temp", sampling.temperature, "Temperature; 0 takes the best token always")
      ->type_name("T")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  command->add_option("--top-k", sampling.top_k, "Draw from the best K tokens only; 0: all")
      ->type_name("K")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  command
      ->add_option("--top-p", sampling.top_p,
                   "Draw from the fewest tokens that have this share of the probability")
      ->type_name("P")
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str();
  command->add_option("--seed", sampling.seed, "The same seed gives the same text on every device")
      ->type_name("N")
      ->capture_default_str();
  command->add_flag("--ignore-eos", options->ignore_eos, "Go on after the end-of-text token");
  command->add_flag("--no-echo", options->no_echo, "Print what is new only, not the prompt");
  command->callback([&run, options] { run = [options] { return run_generate(*options); }; });
}

}  // namespace zerocl::cli
