#pragma once

#include <CLI/App.hpp>
#include <string>
#include <vector>

#include "engine/checkpoint/json_object.h"
#include "engine/session/text.h"

namespace zerocl::cli {

// The whole of a file, of standard input where `path` is "-"; pipes will do. Throws Error for a
// directory, and beyond 1 GiB.
std::string read_input(const std::string& path);

// Where a command takes its texts from: exactly one of --text (repeatable), --file (one a line) and
// --jsonl (one object a line).
class TextSource {
 public:
  enum class Pairs { no, yes };
  // Declares the options on a command. With pairs also --pair (one for each --text), a tab in a
  // line of --file and the key "pair" of --jsonl.
  void declare(CLI::App& command, Pairs pairs = Pairs::no);

  bool is_jsonl() const { return !jsonl_.empty(); }
  bool given() const { return !texts_.empty() || !file_.empty() || !jsonl_.empty(); }
  // All texts, in order. Throws Error (usage) unless exactly one source was given.
  std::vector<TextPair> read() const;
  // The objects of --jsonl, in order; their errors name file and line.
  std::vector<JsonObject> read_jsonl() const;

 private:
  std::vector<TextPair> read_lines() const;

  std::vector<std::string> texts_, pairs_;
  std::string file_, jsonl_;
  bool takes_pairs_ = false;
};

}  // namespace zerocl::cli
