#include <fmt/format.h>

#include <charconv>

#include "engine/checkpoint/printable.h"
#include "engine/cli/commands.h"
#include "engine/cli/common_options.h"
#include "engine/cli/output.h"
#include "engine/cli/text_source.h"
#include "engine/eval/text_lines.h"
#include "host/error.h"

namespace zerocl::cli {
namespace {

struct Options {
  std::string dir;
  TextSource source;
  bool decode = false;
  bool no_special = false;
  bool json = false;
};

// Ids as `tokenize` prints them: numbers between spaces or commas, brackets around them allowed.
std::vector<TokenId> parse_ids(std::string_view text) {
  std::vector<TokenId> ids;
  constexpr std::string_view kSeparators = " \t,[]";
  while (true) {
    const std::size_t start = text.find_first_not_of(kSeparators);
    if (start == std::string_view::npos) return ids;
    text.remove_prefix(start);
    const std::string_view word = text.substr(0, text.find_first_of(kSeparators));
    TokenId id = 0;
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), id);
    if (error != std::errc() || end != word.data() + word.size()) {
      throw Error("\"" + printable(word) + "\" is no token id");
    }
    ids.push_back(id);
    text.remove_prefix(word.size());
  }
}

std::string join(const std::vector<TokenId>& ids) {
  return fmt::format("{}", fmt::join(ids, " "));
}

int run_encode(const Options& options, const Tokenizer& tokenizer) {
  Json all = Json::array();
  for (const TextPair& text : options.source.read()) {
    const Encoding encoding = tokenizer.encode(text.text, !options.no_special);
    if (options.source.is_jsonl()) {
      out().json({{"ids", encoding.ids}});
    } else if (options.json) {
      all.push_back(encoding.ids);
    } else {
      out().line(join(encoding.ids));
    }
  }
  if (options.json && !options.source.is_jsonl()) out().json({{"ids", std::move(all)}});
  return 0;
}

std::vector<std::vector<TokenId>> read_ids(const TextSource& source) {
  std::vector<std::vector<TokenId>> all;
  if (source.is_jsonl()) {
    for (const JsonObject& line : source.read_jsonl()) {
      all.push_back(line.get<std::vector<TokenId>>("ids"));
    }
  } else {
    for (const TextPair& text : source.read()) all.push_back(parse_ids(text.text));
  }
  return all;
}

int run_decode(const Options& options, const Tokenizer& tokenizer) {
  Json all = Json::array();
  for (const std::vector<TokenId>& ids : read_ids(options.source)) {
    const std::string text = tokenizer.decode(ids, options.no_special);
    if (options.source.is_jsonl()) {
      out().json({{"text", text}});
    } else if (options.json) {
      all.push_back(text);
    } else {
      out().line(text);
    }
  }
  if (options.json && !options.source.is_jsonl()) out().json({{"texts", std::move(all)}});
  return 0;
}

int run_tokenize(const Options& options) {
  // The tokenizer alone: no weights need be there.
  const auto tokenizer = load_tokenizer(options.dir);
  return options.decode ? run_decode(options, *tokenizer) : run_encode(options, *tokenizer);
}

}  // namespace

void add_tokenize(CLI::App& program, Run& run) {
  auto options = std::make_shared<Options>();
  CLI::App* command = add_command(program, "tokenize", "Token ids of texts, and back",
                                  "  zerocl tokenize minilm --text \"A man is riding a horse.\"\n"
                                  "  zerocl tokenize minilm --decode --text \"101 1037 2158 102\"\n"
                                  "  zerocl tokenize minilm --jsonl texts.jsonl > ids.jsonl");
  command->add_option("DIR", options->dir, "Model directory, or one with tokenizer files alone")
      ->required()
      ->type_name("");
  options->source.declare(*command);
  command->add_flag(
      "--decode", options->decode,
      "The way back: texts are ids between spaces, lines of --jsonl {\"ids\": [...]}");
  command->add_flag("--no-special", options->no_special,
                    "Add no special tokens; with --decode, leave them out of the text");
  declare_json(*command, options->json);
  command->callback([&run, options] { run = [options] { return run_tokenize(*options); }; });
}

}  // namespace zerocl::cli
