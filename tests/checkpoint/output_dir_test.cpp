#include "engine/checkpoint/output_dir.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <nlohmann/json.hpp>
#include <set>

#include "host/error.h"
#include "tests/checkpoint/expect_error.h"
#include "tests/temporary_directory.h"

namespace zerocl {
namespace {

namespace fs = std::filesystem;
using test::expect_error;
using test::read_bytes;
using test::TemporaryDirectory;
using test::write_bytes;

// Names of everything in a directory, hidden entries included.
std::set<std::string> entries(const fs::path& directory) {
  std::set<std::string> out;
  for (const auto& entry : fs::directory_iterator(directory))
    out.insert(entry.path().filename().string());
  return out;
}

void expect_usage_error(const auto& action, const std::vector<std::string>& parts) {
  expect_error(
      [&] {
        try {
          action();
        } catch (const Error& error) {
          EXPECT_EQ(error.kind(), ErrorKind::usage) << error.what();
          throw;
        }
      },
      parts);
}

unsigned mode_of(const fs::path& path) {
  struct stat status {};
  EXPECT_EQ(::stat(path.c_str(), &status), 0);
  return status.st_mode & 0777;
}

TEST(OutputDir, AppearsWholeAtCommit) {
  const TemporaryDirectory parent;
  const fs::path target = parent / "out";
  {
    OutputDir out(target);
    EXPECT_EQ(out.target(), fs::canonical(parent.path()) / "out");
    out.write_file("a.txt", "hello");
    out.write_json("config.json", {{"b", 1}, {"a", {0.1, 1e-12}}});
    out.write_file("1_Pooling/config.json", "{}");
    EXPECT_FALSE(fs::exists(target));
    const auto during = entries(parent.path());
    ASSERT_EQ(during.size(), 1U);
    EXPECT_EQ(during.begin()->rfind(".out.tmp-", 0), 0U) << *during.begin();
    EXPECT_EQ(mode_of(parent / *during.begin()), 0700U);
    out.commit();
    EXPECT_EQ(entries(parent.path()), std::set<std::string>{"out"});
    expect_error([&] { out.commit(); }, {"committed already"});
  }
  EXPECT_EQ(entries(parent.path()), std::set<std::string>{"out"});
  EXPECT_EQ(entries(target), (std::set<std::string>{"1_Pooling", "a.txt", "config.json"}));
  EXPECT_EQ(read_bytes(target / "a.txt"), "hello");
  EXPECT_EQ(read_bytes(target / "config.json"),
            "{\n  \"a\": [\n    0.1,\n    1e-12\n  ],\n  \"b\": 1\n}\n");
  fs::create_directory(parent / "plain");
  EXPECT_EQ(mode_of(target), mode_of(parent / "plain"));
  EXPECT_EQ(mode_of(target / "1_Pooling"), mode_of(parent / "plain"));
}

TEST(OutputDir, VanishesWithoutCommit) {
  const TemporaryDirectory parent;
  {
    OutputDir out(parent / "out");
    out.write_file("a/b", "x");
  }
  EXPECT_TRUE(fs::is_empty(parent.path()));
  const auto fail = [&] {
    OutputDir out(parent / "out");
    out.write_file("a", "x");
    out.copy_file(parent / "absent", "b");
  };
  expect_error(fail, {"absent: cannot open"});
  EXPECT_TRUE(fs::is_empty(parent.path()));
}

TEST(OutputDir, TakesThePlaceOfNothingOrOfAnEmptyDirectory) {
  const TemporaryDirectory parent;
  fs::create_directory(parent / "empty");
  OutputDir out(parent / "empty/");  // a trailing slash changes nothing
  out.write_file("a", "x");
  out.commit();
  EXPECT_EQ(read_bytes(parent / "empty" / "a"), "x");

  fs::create_symlink("empty", parent / "link");
  expect_usage_error([&] { OutputDir again(parent / "link"); }, {"exists and is not empty"});
  write_bytes(parent / "file", "x");
  expect_usage_error([&] { OutputDir again(parent / "file"); },
                     {"file: exists and is not a directory"});
  fs::create_symlink("nowhere", parent / "dangling");
  expect_usage_error([&] { OutputDir again(parent / "dangling"); },
                     {"exists and is not a directory"});
  expect_usage_error([&] { OutputDir again(parent / "no" / "out"); }, {"no such directory"});
  expect_usage_error([&] { OutputDir again(""); }, {"empty name"});
  expect_usage_error([&] { OutputDir again("/"); }, {"/"});
  EXPECT_EQ(entries(parent.path()), (std::set<std::string>{"dangling", "empty", "file", "link"}));
}

TEST(OutputDir, ReplacesAModelWhenToldTo) {
  const TemporaryDirectory parent;
  fs::create_directory(parent / "out");
  write_bytes(parent / "out" / "config.json", "old");
  write_bytes(parent / "out" / "stale", "old");
  expect_usage_error([&] { OutputDir out(parent / "out"); }, {"exists and is not empty"});
  {
    OutputDir out(parent / "out", {.replace = true, .inputs = {}});
    out.write_file("config.json", "new");
  }
  EXPECT_EQ(read_bytes(parent / "out" / "config.json"), "old");
  OutputDir out(parent / "out", {.replace = true, .inputs = {}});
  out.write_file("config.json", "new");
  EXPECT_EQ(read_bytes(parent / "out" / "config.json"), "old");
  out.commit();
  EXPECT_EQ(entries(parent / "out"), std::set<std::string>{"config.json"});
  EXPECT_EQ(read_bytes(parent / "out" / "config.json"), "new");
  EXPECT_EQ(entries(parent.path()), std::set<std::string>{"out"});
}

TEST(OutputDir, ReplacesNothingThatIsNoModel) {
  const TemporaryDirectory parent;
  fs::create_directory(parent / "home");
  write_bytes(parent / "home" / "thesis.tex", "dear");
  expect_usage_error([&] { OutputDir out(parent / "home", {.replace = true, .inputs = {}}); },
                     {"home: is not replaced", "config.json"});
  EXPECT_EQ(read_bytes(parent / "home" / "thesis.tex"), "dear");
}

// Somebody else fills the target between our check and our commit.
TEST(OutputDir, NeverClobbersWhatAppearedMeanwhile) {
  const TemporaryDirectory parent;
  OutputDir out(parent / "out");
  out.write_file("a", "ours");
  fs::create_directory(parent / "out");
  write_bytes(parent / "out" / "theirs", "theirs");
  expect_usage_error([&] { out.commit(); }, {"exists and is not empty"});
  EXPECT_EQ(entries(parent / "out"), std::set<std::string>{"theirs"});
}

TEST(OutputDir, RefusesToBeOrContainItsInput) {
  const TemporaryDirectory parent;
  fs::create_directories(parent / "models" / "bert");
  write_bytes(parent / "models" / "config.json", "{}");
  write_bytes(parent / "models" / "bert" / "config.json", "{}");
  fs::create_symlink("models/bert", parent / "alias");
  const auto refuse = [&](const fs::path& target, const fs::path& input) {
    expect_usage_error([&] { OutputDir out(target, {.replace = true, .inputs = {input}}); },
                       {"is, or contains, the input"});
  };
  refuse(parent / "models" / "bert", parent / "models" / "bert");
  refuse(parent / "models" / "bert", parent / "models" / "bert/");
  refuse(parent / "models", parent / "models" / "bert");
  refuse(parent.path(), parent / "models" / "bert");
  refuse(parent / "models" / "x" / ".." / "bert", parent / "models" / "bert");
  refuse(parent / "alias", parent / "models" / "bert");
  refuse(parent / "models" / "bert", parent / "alias");
  EXPECT_NO_THROW(
      OutputDir(parent / "models" / "bert-int8", {.replace = true, .inputs = {parent / "alias"}}));
  EXPECT_EQ(entries(parent / "models"), (std::set<std::string>{"bert", "config.json"}));
}

TEST(OutputDir, NamesOfFilesCannotLeaveIt) {
  const TemporaryDirectory parent;
  OutputDir out(parent / "out");
  for (const char* name :
       {"", ".", "..", "../a", "/a", "a/", "/", "a/b/c", "a/../b", "a//b", "a\\b", "a\n"}) {
    expect_error([&] { out.write_file(name, "x"); }, {"out", "is no name"});
  }
  out.write_file("a", "x");
  expect_error([&] { out.write_file("a", "y"); }, {"cannot create"});  // once is enough
  expect_error([&] { out.write_json("b", "\xff"); }, {"out/b", "UTF-8"});
  fs::create_directory(parent / "d");
  expect_error([&] { out.copy_file(parent / "d", "c"); }, {"/d: is a directory"});
  EXPECT_EQ(entries(parent.path()).size(), 2U);
}

TEST(OutputDir, CopiesContent) {
  const TemporaryDirectory parent;
  std::string content;
  for (int i = 0; i < 3'000'001; ++i) content += static_cast<char>(i * 7 + i / 251);
  write_bytes(parent / "from", content);
  write_bytes(parent / "none", "");
  fs::create_symlink("from", parent / "link");
  OutputDir out(parent / "out");
  out.copy_file(parent / "from", "a");
  out.copy_file(parent / "link", "b/c");
  out.copy_file(parent / "none", "d");
  out.commit();
  EXPECT_TRUE(read_bytes(parent / "out" / "a") == content);
  EXPECT_TRUE(read_bytes(parent / "out" / "b" / "c") == content);
  EXPECT_FALSE(fs::is_symlink(parent / "out" / "b" / "c"));
  EXPECT_EQ(read_bytes(parent / "out" / "d"), "");
}

TEST(OutputDir, LongNamesStayLegal) {
  const TemporaryDirectory parent;
  const std::string name(255, 'n');
  OutputDir out(parent / name);
  out.write_file("a", "x");
  out.commit();
  EXPECT_EQ(entries(parent.path()), std::set<std::string>{name});
}

}  // namespace
}  // namespace zerocl
