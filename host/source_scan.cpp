#include "host/source_scan.h"

#include <algorithm>
#include <set>

#include "host/source.h"

namespace zerocl {

bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

namespace {

bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\r';
}
bool is_space(char c) {
  return is_blank(c) || c == '\n';
}

std::string_view trim_left(std::string_view text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  return text;
}

// Takes an identifier from the front of `text`, after white space; empty when there is none.
std::string_view take_word(std::string_view& text) {
  text = trim_left(text);
  std::size_t length = 0;
  while (length < text.size() && is_word(text[length])) ++length;
  const std::string_view word = text.substr(0, length);
  text.remove_prefix(length);
  return word;
}

// Takes a parenthesised text from the front, nested parentheses included. False when `text` does
// not begin with one.
bool take_parentheses(std::string_view& text, std::string_view& inside) {
  text = trim_left(text);
  if (text.empty() || text.front() != '(') return false;
  int depth = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '(') ++depth;
    if (text[i] == ')' && --depth == 0) {
      inside = text.substr(1, i - 1);
      text.remove_prefix(i + 1);
      return true;
    }
  }
  return false;
}

// "linear_w8a8_args" of "..., const struct linear_w8a8_args args"; empty for other parameters.
std::string args_struct_of(std::string_view parameters) {
  const std::size_t comma = parameters.rfind(',');
  std::string_view last =
      comma == std::string_view::npos ? parameters : parameters.substr(comma + 1);
  if (last.find('*') != std::string_view::npos) return {};
  std::string_view word = take_word(last);
  while (word == "const" || word == "private" || word == "__private") word = take_word(last);
  return word == "struct" ? std::string(take_word(last)) : std::string();
}

}  // namespace

std::string_view directive(std::string_view line, std::string_view& rest) {
  line = trim_left(line);
  if (line.empty() || line.front() != '#') return {};
  line.remove_prefix(1);
  const std::string_view word = take_word(line);
  rest = line;
  return word;
}

std::optional<std::string> quoted_include(std::string_view line) {
  std::string_view rest;
  if (directive(line, rest) != "include") return std::nullopt;
  rest = trim_left(rest);
  if (rest.empty() || rest.front() != '"') return std::nullopt;
  rest.remove_prefix(1);
  const std::size_t end = rest.find('"');
  if (end == std::string_view::npos) return std::nullopt;
  return std::string(rest.substr(0, end));
}

bool is_pragma_once(std::string_view line) {
  std::string_view rest;
  return directive(line, rest) == "pragma" && take_word(rest) == "once";
}

std::vector<std::string> own_macros(std::string_view text) {
  std::vector<std::string> defined;
  std::set<std::string, std::less<>> questioned;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view rest;
    const std::string_view word = directive(text.substr(0, end), rest);
    if (word == "define" || word == "ifndef") {
      const std::string name(take_word(rest));
      if (word == "ifndef") questioned.insert(name);
      if (word == "define" && std::find(defined.begin(), defined.end(), name) == defined.end()) {
        defined.push_back(name);
      }
    }
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  std::erase_if(defined, [&](const std::string& name) {
    return name.starts_with("ZCL_") || questioned.contains(name);
  });
  return defined;
}

std::string code_only(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size();) {
    if (text.substr(i, 2) == "//") {
      i = std::min(text.find('\n', i), text.size());
      out += ' ';
    } else if (text.substr(i, 2) == "/*") {
      const std::size_t end = std::min(text.find("*/", i + 2), text.size());
      out += ' ';
      out.append(static_cast<std::size_t>(
                     std::count(text.begin() + static_cast<std::ptrdiff_t>(i),
                                text.begin() + static_cast<std::ptrdiff_t>(end), '\n')),
                 '\n');
      i = std::min(end + 2, text.size());
    } else if (text[i] == '"') {
      // A string may hold "//" (the marker of the sm_90a build does) or words that look like code.
      std::size_t end = i + 1;
      while (end < text.size() && text[end] != '"' && text[end] != '\n') {
        end += text[end] == '\\' ? 2 : 1;
      }
      out += "\"\"";
      i = std::min(end + 1, text.size());
    } else {
      out += text[i++];
    }
  }
  return out;
}

std::vector<KernelSignature> kernel_signatures(std::string_view text) {
  std::vector<KernelSignature> kernels;
  const std::string clean = code_only(text);
  std::string_view rest = clean;
  while (!rest.empty()) {
    if (!is_word(rest.front())) {
      rest.remove_prefix(1);
      continue;
    }
    const std::string_view word = take_word(rest);
    if (word != "kernel" && word != "__kernel") continue;
    std::string_view after = rest;
    std::string_view inside;
    std::string_view next = take_word(after);
    while (next == "__attribute__" && take_parentheses(after, inside)) next = take_word(after);
    if (next != "void") continue;
    const std::string_view name = take_word(after);
    if (name.empty() || !take_parentheses(after, inside)) continue;
    kernels.push_back({std::string(name), args_struct_of(inside)});
    rest = after;
  }
  return kernels;
}

}  // namespace zerocl
