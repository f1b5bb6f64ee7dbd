// What is left when the process dies or the disk does not take the data.
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <functional>
#include <iterator>
#include <random>
#include <set>

#include "engine/checkpoint/output_dir.h"
#include "engine/checkpoint/safetensors.h"
#include "engine/checkpoint/safetensors_writer.h"
#include "tests/checkpoint/expect_error.h"
#include "tests/temporary_directory.h"

namespace zerocl {
namespace {

namespace fs = std::filesystem;
using test::expect_error;
using test::read_bytes;
using test::TemporaryDirectory;

constexpr int kTensorBytes = 300'000;

std::set<std::string> entries(const fs::path& directory) {
  std::set<std::string> out;
  for (const auto& entry : fs::directory_iterator(directory))
    out.insert(entry.path().filename().string());
  return out;
}

// Writes a small model whose every byte of data is `mark`; `step` is called between the steps.
void write_model(const fs::path& target, char mark, const std::function<void()>& step) {
  step();
  OutputDir out(target, {.replace = true, .inputs = {}});
  step();
  out.write_file("config.json", std::string(10, mark));
  step();
  SafetensorsWriter writer(out.file("model.safetensors"), {{"t", StoredType::i8, {kTensorBytes}}});
  step();
  const std::string half(kTensorBytes / 2, mark);
  writer.append("t", half.data(), half.size());
  step();
  writer.append("t", half.data(), half.size());
  step();
  writer.finish();
  step();
  out.commit();
  step();
}
constexpr int kStepsBeforeCommit = 7;

// The mark of a complete model; fails the test if the model is not complete.
char mark_of(const fs::path& target) {
  const std::string config = read_bytes(target / "config.json");
  EXPECT_EQ(entries(target), (std::set<std::string>{"config.json", "model.safetensors"}));
  const SafetensorsFile file(target / "model.safetensors");
  std::string data(kTensorBytes, '\0');
  file.read("t", data.data(), 0, data.size());
  EXPECT_EQ(config, std::string(10, config.at(0)));
  EXPECT_TRUE(data == std::string(kTensorBytes, config.at(0)));
  return config.at(0);
}

// Runs `body` in a child process; returns waitpid's status. The child never returns to the test.
int in_child(const std::function<void()>& body) {
  const pid_t child = ::fork();
  if (child == 0) {
    try {
      body();
    } catch (const Error& error) {
      ::_exit(1);
    }
    ::_exit(0);
  }
  int status = 0;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  return status;
}

TEST(InterruptedWrite, KilledAtEachStepLeavesNoTargetAndTheNextRunClearsUp) {
  const TemporaryDirectory parent;
  const fs::path target = parent / "out";
  for (int kill_at = 1; kill_at <= kStepsBeforeCommit; ++kill_at) {
    SCOPED_TRACE(kill_at);
    const int status = in_child([&] {
      int step = 0;
      write_model(target, 'a', [&] {
        if (++step == kill_at) ::kill(::getpid(), SIGKILL);
      });
    });
    ASSERT_TRUE(WIFSIGNALED(status));
    EXPECT_FALSE(fs::exists(target));
    EXPECT_EQ(entries(parent.path()).size(), kill_at == 1 ? 0U : 1U);  // the hidden sibling
    // Another target's run leaves it alone, this one's removes it.
    { OutputDir other(parent / "other"); }
    EXPECT_EQ(entries(parent.path()).size(), kill_at == 1 ? 0U : 1U);
    { OutputDir same(target); }
    EXPECT_TRUE(fs::is_empty(parent.path()));
  }
}

TEST(InterruptedWrite, OnlyNamesThatAreOursAreClearedUp) {
  const TemporaryDirectory parent;
  // No process has this number (Linux ends at 2^22); only the last name is of our making.
  const std::string alike[] = {".out.tmp-2000000000",       ".out.tmp-2000000000-",
                               ".out.tmp-x-abcdef",         ".out.tmp-2000000000-abcdefg",
                               ".out.tmp--5-abcdef",        ".out.tmp-99999999999-abcdef",
                               "out.tmp-2000000000-abcdef", ".out.tmp-2000000000-abcdef.old"};
  for (const std::string& name : alike) fs::create_directory(parent / name);
  fs::create_directory(parent / ".out.tmp-2000000000-abcdef");
  { OutputDir out(parent / "out"); }
  EXPECT_EQ(entries(parent.path()), std::set<std::string>(std::begin(alike), std::end(alike)));
  // A replaced directory that had to step aside goes only when the target stands.
  fs::create_directory(parent / "out");
  { OutputDir out(parent / "out"); }
  EXPECT_FALSE(fs::exists(parent / ".out.tmp-2000000000-abcdef.old"));
  EXPECT_EQ(entries(parent.path()).size(), 8U);
}

TEST(InterruptedWrite, TwoWritersOfOneTargetDoNotDisturbEachOther) {
  const TemporaryDirectory parent;
  OutputDir first(parent / "out");
  first.write_file("a", "first");
  OutputDir second(parent / "out");  // must not take the first's directory for an abandoned one
  second.write_file("a", "second");
  const int status = in_child([&] {
    OutputDir third(parent / "out");
    third.write_file("a", "third");
    third.commit();
  });
  EXPECT_EQ(status, 0);
  EXPECT_EQ(entries(parent.path()).size(), 3U);
  expect_error([&] { first.commit(); }, {"exists and is not empty"});
  EXPECT_EQ(read_bytes(parent / "out" / "a"), "third");
}

// SIGKILL at random moments while one model replaces another: one of them always stands whole.
TEST(InterruptedWrite, KilledAtAnyMomentLeavesTheOldOrTheNewModel) {
  const TemporaryDirectory parent;
  const fs::path target = parent / "out";
  write_model(target, 'a', [] {});
  std::mt19937 random(7);
  int killed = 0;
  std::set<char> seen;
  for (int round = 0; round < 60; ++round) {
    const char mark = static_cast<char>('b' + round % 20);
    const pid_t child = ::fork();
    if (child == 0) {
      for (;;) write_model(target, mark, [] {});
    }
    ::usleep(static_cast<useconds_t>(random() % 20'000));
    ::kill(child, SIGKILL);
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    killed += WIFSIGNALED(status) ? 1 : 0;
    seen.insert(mark_of(target));
  }
  EXPECT_EQ(killed, 60);
  EXPECT_GT(seen.size(), 1U);
  write_model(target, 'z', [] {});
  EXPECT_EQ(mark_of(target), 'z');
  EXPECT_EQ(entries(parent.path()), std::set<std::string>{"out"});
}

// A limit on file sizes stands for a full disk: claiming the space fails before any data moves.
TEST(InterruptedWrite, WhatTheDiskDoesNotTakeLeavesNothing) {
  const TemporaryDirectory parent;
  const fs::path target = parent / "out";
  for (const rlim_t limit : {0UL, 5UL, 4096UL, static_cast<rlim_t>(kTensorBytes)}) {
    SCOPED_TRACE(limit);
    const int status = in_child([&] {
      std::signal(SIGXFSZ, SIG_IGN);  // so that write() returns EFBIG
      const rlimit cap{limit, limit};
      if (::setrlimit(RLIMIT_FSIZE, &cap) != 0) ::_exit(2);
      write_model(target, 'a', [] {});
    });
    ASSERT_TRUE(WIFEXITED(status));
    EXPECT_EQ(WEXITSTATUS(status), 1);  // an Error, and its destructors ran
    EXPECT_TRUE(fs::is_empty(parent.path()));
  }
}

TEST(InterruptedWrite, ReplacingFailsWithTheOldModelInPlace) {
  const TemporaryDirectory parent;
  const fs::path target = parent / "out";
  write_model(target, 'a', [] {});
  const int status = in_child([&] {
    std::signal(SIGXFSZ, SIG_IGN);
    const rlimit cap{1000, 1000};
    if (::setrlimit(RLIMIT_FSIZE, &cap) != 0) ::_exit(2);
    write_model(target, 'b', [] {});
  });
  EXPECT_EQ(WEXITSTATUS(status), 1);
  EXPECT_EQ(mark_of(target), 'a');
  EXPECT_EQ(entries(parent.path()), std::set<std::string>{"out"});
}

}  // namespace
}  // namespace zerocl
