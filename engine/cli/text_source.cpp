#include "engine/cli/text_source.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "engine/checkpoint/file.h"
#include "engine/checkpoint/json_file.h"
#include "engine/checkpoint/printable.h"
#include "engine/eval/text_lines.h"
#include "host/error.h"

namespace zerocl::cli {
namespace {

constexpr std::size_t kMaxInputBytes = 1ULL << 30;

std::string shown_name(const std::string& path) {
  return path == "-" ? "standard input" : printable(path);
}

}  // namespace

std::string read_input(const std::string& path) {
  const std::string name = shown_name(path);
  FileDescriptor file(path == "-" ? dup(STDIN_FILENO) : open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0) throw Error(name + ": cannot open: " + system_message(errno));
  std::string text;
  constexpr std::size_t kStep = 1U << 16;
  while (true) {
    const std::size_t before = text.size();
    text.resize(before + kStep);
    const ssize_t got = read(file.get(), text.data() + before, kStep);
    const int error = errno;
    text.resize(before + static_cast<std::size_t>(got > 0 ? got : 0));
    if (got == 0) return text;
    if (got < 0 && error != EINTR) {
      throw Error(name + ": cannot read: " + system_message(error));
    }
    if (text.size() > kMaxInputBytes) {
      throw Error(fmt::format("{}: has more than {} bytes", name, kMaxInputBytes));
    }
  }
}

void TextSource::declare(CLI::App& command, Pairs pairs) {
  takes_pairs_ = pairs == Pairs::yes;
  // One value an occurrence: texts may look like options or lists.
  command.add_option("--text", texts_, "A text; may be repeated")
      ->type_name("TEXT")
      ->allow_extra_args(false);
  if (takes_pairs_) {
    command.add_option("--pair", pairs_, "The second text of a pair, one for each --text")
        ->type_name("TEXT")
        ->allow_extra_args(false);
  }
  command
      .add_option("--file", file_,
                  takes_pairs_ ? "Texts, one a line, pairs separated by a tab; - is standard input"
                               : "Texts, one a line; - is standard input")
      ->type_name("FILE");
  command
      .add_option("--jsonl", jsonl_,
                  takes_pairs_
                      ? "Lines {\"text\": ..., \"pair\": ...} (pair optional); - is standard input"
                      : "Lines {\"text\": ...}; - is standard input")
      ->type_name("FILE");
}

std::vector<JsonObject> TextSource::read_jsonl() const {
  std::vector<JsonObject> objects;
  for (const std::string& line : split_lines(read_input(jsonl_))) {
    const std::string where = fmt::format("{}:{}", shown_name(jsonl_), objects.size() + 1);
    objects.emplace_back(where, parse_json(line, where));
  }
  return objects;
}

std::vector<TextPair> TextSource::read_lines() const {
  std::vector<TextPair> texts;
  for (const std::string& line : split_lines(read_input(file_))) {
    const std::size_t tab = takes_pairs_ ? line.find('\t') : std::string::npos;
    if (tab == std::string::npos) {
      texts.push_back({line, {}});
    } else if (line.find('\t', tab + 1) == std::string::npos) {
      texts.push_back({line.substr(0, tab), line.substr(tab + 1)});
    } else {
      throw Error(fmt::format("{}:{}: expected one text, or two separated by a tab",
                              shown_name(file_), texts.size() + 1));
    }
  }
  return texts;
}

std::vector<TextPair> TextSource::read() const {
  const int sources = (texts_.empty() ? 0 : 1) + (file_.empty() ? 0 : 1) + (jsonl_.empty() ? 0 : 1);
  if (sources != 1) {
    throw Error("give the texts by one of --text, --file and --jsonl", ErrorKind::usage);
  }
  if (!pairs_.empty() && pairs_.size() != texts_.size()) {
    throw Error(fmt::format("{} --pair for {} --text; give one for each, or none", pairs_.size(),
                            texts_.size()),
                ErrorKind::usage);
  }
  if (!file_.empty()) return read_lines();
  std::vector<TextPair> texts;
  for (std::size_t i = 0; i < texts_.size(); ++i) {
    texts.push_back({texts_[i], {}});
    if (!pairs_.empty()) texts.back().pair = pairs_[i];
  }
  if (jsonl_.empty()) return texts;
  for (const JsonObject& line : read_jsonl()) {
    texts.push_back({line.get<std::string>("text"), {}});
    if (takes_pairs_ && line.has("pair")) texts.back().pair = line.get<std::string>("pair");
  }
  return texts;
}

}  // namespace zerocl::cli
