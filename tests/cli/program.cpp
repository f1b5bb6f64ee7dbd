#include "tests/cli/program.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>

namespace zerocl::test {
namespace {

namespace fs = std::filesystem;

// In the child: streams from and to files, then the program. Never returns.
[[noreturn]] void execute(const fs::path& directory, const std::vector<std::string>& arguments,
                          const RunOptions& options) {
  const auto redirect = [&](const char* name, int flags, int stream) {
    const int file = open((directory / name).c_str(), flags, 0600);
    if (file < 0 || dup2(file, stream) < 0) _exit(125);
    close(file);
  };
  redirect("in", O_RDONLY, STDIN_FILENO);
  redirect("out", O_WRONLY | O_CREAT, STDOUT_FILENO);
  redirect("err", O_WRONLY | O_CREAT, STDERR_FILENO);
  for (const std::string& variable : options.environment) {
    putenv(const_cast<char*>(variable.c_str()));
  }
  std::vector<char*> words;
  for (const std::string& argument : arguments)
    words.push_back(const_cast<char*>(argument.c_str()));
  words.push_back(nullptr);
  execvp(words.front(), words.data());
  _exit(126);
}

Outcome run_words(const std::vector<std::string>& words, const RunOptions& options) {
  const TemporaryDirectory directory;
  write_bytes(directory / "in", options.input);
  const pid_t child = fork();
  if (child == 0) execute(directory.path(), words, options);
  int status = 0;
  EXPECT_EQ(waitpid(child, &status, 0), child);
  Outcome outcome;
  outcome.status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
  outcome.out = read_bytes(directory / "out");
  outcome.err = read_bytes(directory / "err");
  return outcome;
}

}  // namespace

nlohmann::json Outcome::json() const {
  auto value = nlohmann::json::parse(out, nullptr, false);
  EXPECT_FALSE(value.is_discarded()) << "no JSON: " << out.substr(0, 400) << "\n" << err;
  return value;
}

void PrintTo(const Outcome& outcome, std::ostream* stream) {
  *stream << "status " << outcome.status << "\nout: " << outcome.out.substr(0, 2000)
          << "\nerr: " << outcome.err.substr(0, 2000);
}

Outcome run(const std::vector<std::string>& arguments, const RunOptions& options) {
  std::vector<std::string> words = {ZEROCL_PROGRAM};
  words.insert(words.end(), arguments.begin(), arguments.end());
  return run_words(words, options);
}

Outcome run_shell(const std::string& command, const RunOptions& options) {
  RunOptions with_program = options;
  with_program.environment.push_back(std::string("zerocl=") + ZEROCL_PROGRAM);
  return run_words({"bash", "-c", command}, with_program);
}

fs::path example(const std::string& name) {
  return fs::path(ZEROCL_EXAMPLES) / name;
}

fs::path shared(const std::string& path) {
  const char* set = std::getenv("ZEROCL_SHARED");
  return fs::path(set != nullptr ? set : ZEROCL_SHARED) / path;
}

nlohmann::json read_json(const fs::path& path) {
  return nlohmann::json::parse(read_bytes(path));
}

}  // namespace zerocl::test
