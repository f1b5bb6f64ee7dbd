#include "host/injection.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "host/source_scan.h"

namespace zerocl {

namespace {

using Words = std::vector<std::string>;

// Which words the definition of each function and macro of a text names.
class Definitions {
 public:
  explicit Definitions(std::string_view text) {
    const std::string code = code_only(text);
    std::string logical;
    for (std::string_view rest = code; !rest.empty();) {
      const std::size_t end = std::min(rest.find('\n'), rest.size());
      std::string_view line = rest.substr(0, end);
      rest.remove_prefix(std::min(end + 1, rest.size()));
      const bool continued = line.ends_with('\\');
      if (continued) line.remove_suffix(1);
      logical.append(line).append(" ");
      if (continued && !rest.empty()) continue;
      add_line(logical);
      logical.clear();
    }
  }

  // Whether `wanted` is among the words reachable from `from`.
  bool reaches(const std::string& from, const std::string& wanted) const {
    std::set<std::string> seen = {from};
    std::vector<std::string> open = {from};
    while (!open.empty()) {
      const std::string word = std::move(open.back());
      open.pop_back();
      if (word == wanted) return true;
      const auto follow = [&](const std::string& name) {
        const auto found = words_.find(name);
        if (found == words_.end()) return;
        for (const std::string& next : found->second) {
          if (seen.insert(next).second) open.push_back(next);
        }
      };
      follow(word);
      for (const auto& [prefix, macro] : pasted_) {
        if (word.starts_with(prefix)) follow(macro);
      }
    }
    return false;
  }

 private:
  void add_line(std::string_view line) {
    std::string_view rest;
    const std::string_view word = directive(line, rest);
    if (word.empty()) {
      add_code(line);
    } else if (word == "define") {
      add_macro(rest);
    } else if (word == "if" || word == "ifdef" || word == "ifndef") {
      conditions_.push_back(words_of(rest));
      add_words(conditions_.back());
    } else if (word == "elif" && !conditions_.empty()) {
      for (std::string& name : words_of(rest)) conditions_.back().push_back(std::move(name));
      add_words(conditions_.back());
    } else if (word == "endif" && !conditions_.empty()) {
      conditions_.pop_back();
    }
  }

  // A macro depends on its words and on the conditions under which it is defined so.
  void add_macro(std::string_view definition) {
    const Words words = words_of(definition);
    if (words.empty()) return;
    std::vector<std::string>& known = words_[words.front()];
    known.insert(known.end(), words.begin() + 1, words.end());
    for (const Words& condition : conditions_) {
      known.insert(known.end(), condition.begin(), condition.end());
    }
    // name##SUFFIX: whatever begins with `name` may come from this macro.
    for (std::size_t at = definition.find("##"); at != std::string_view::npos;
         at = definition.find("##", at + 2)) {
      const Words before = words_of(definition.substr(0, at));
      if (before.size() > 1) pasted_.emplace_back(before.back(), words.front());
    }
  }

  // Words inside a function's braces belong to it.
  void add_code(std::string_view line) {
    for (std::size_t i = 0; i < line.size();) {
      if (is_word(line[i])) {
        std::size_t end = i;
        while (end < line.size() && is_word(line[end])) ++end;
        add_words({std::string(line.substr(i, end - i))});
        i = end;
        continue;
      }
      const char c = line[i++];
      if (c == '(' && braces_ == 0 && parentheses_++ == 0) {
        // The last such word is the function's name: macros may be invoked before it.
        if (last_ != "__attribute__") name_ = last_;
      } else if (c == ')' && braces_ == 0 && parentheses_ > 0) {
        --parentheses_;
      } else if (c == '{' && braces_++ == 0) {
        begin_body();
      } else if ((c == '}' && braces_ > 0 && --braces_ == 0) ||
                 (c == ';' && braces_ == 0 && parentheses_ == 0)) {
        end_head();
      }
    }
  }

  void add_words(const Words& words) {
    if (words.empty()) return;
    if (braces_ == 0) {
      last_ = words.back();
    } else {
      words_[name_].insert(words_[name_].end(), words.begin(), words.end());
    }
  }

  void begin_body() {
    for (const Words& condition : conditions_) {
      words_[name_].insert(words_[name_].end(), condition.begin(), condition.end());
    }
  }

  void end_head() {
    last_.clear();
    name_.clear();
    parentheses_ = 0;
  }

  static Words words_of(std::string_view text) {
    Words words;
    for (std::size_t i = 0; i < text.size();) {
      if (!is_word(text[i])) {
        ++i;
        continue;
      }
      std::size_t end = i;
      while (end < text.size() && is_word(text[end])) ++end;
      words.emplace_back(text.substr(i, end - i));
      i = end;
    }
    return words;
  }

  std::map<std::string, Words> words_;
  std::vector<std::pair<std::string, std::string>> pasted_;  // prefix, macro
  std::vector<Words> conditions_;                            // of the #ifs around this place
  std::string last_;                                         // the last word outside braces
  std::string name_;  // the function whose head or body this is; empty for structs and tables
  int parentheses_ = 0;
  int braces_ = 0;
};

}  // namespace

bool reaches_injection(std::string_view text, std::string_view function, Injection kind) {
  return Definitions(text).reaches(std::string(function), injection_definition(kind));
}

}  // namespace zerocl
