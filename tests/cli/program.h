#pragma once

#include <filesystem>
#include <initializer_list>
#include <nlohmann/json.hpp>
#include <ostream>
#include <string>
#include <vector>

#include "tests/temporary_directory.h"

namespace zerocl::test {

// How a run of the program ended.
struct Outcome {
  int status = -1;  // exit status, or 128 + the signal that ended it
  std::string out, err;

  // Standard output as one JSON value; fails the test where it is none.
  nlohmann::json json() const;
};
void PrintTo(const Outcome& outcome, std::ostream* stream);  // for failure messages

struct RunOptions {
  std::string input = {};                     // standard input
  std::vector<std::string> environment = {};  // "NAME=value", added to ours
};

// Runs `zerocl` with these arguments to its end.
Outcome run(const std::vector<std::string>& arguments, const RunOptions& options = {});
// Runs a shell command in which $zerocl is the program.
Outcome run_shell(const std::string& command, const RunOptions& options = {});

// The models in the repository, and what lies beside it (ZEROCL_SHARED).
std::filesystem::path example(const std::string& name);
std::filesystem::path shared(const std::string& path);
nlohmann::json read_json(const std::filesystem::path& path);

}  // namespace zerocl::test

// Leaves a test where what it compares with is not there.
#define ZEROCL_NEED(path) \
  if (!std::filesystem::exists(path)) GTEST_SKIP() << (path) << " is not there"
