#pragma once

#include <string>
#include <utility>
#include <vector>

namespace zerocl::test {

// A directory of tokenizer files with one thing wrong. Errors must say all of `message`.
struct BrokenDirectory {
  const char* name;
  std::vector<std::pair<std::string, std::string>> files;  // by name and content
  std::vector<std::string> message;
};

std::vector<BrokenDirectory> broken_directories();

}  // namespace zerocl::test
