#include "host/program_cache.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <map>
#include <thread>

#include "host/log.h"
#include "tests/host/temporary_directory.h"

namespace zerocl {
namespace {

namespace fs = std::filesystem;

std::vector<std::byte> bytes_of(const std::string& text) {
  const auto bytes = std::as_bytes(std::span(text.data(), text.size()));
  return {bytes.begin(), bytes.end()};
}

class ProgramCacheTest : public testing::Test {
 protected:
  ProgramCacheTest() {
    set_log_callback([this](LogLevel, std::string_view text) { log_ += std::string(text) + "\n"; });
  }
  ~ProgramCacheTest() override { set_log_callback({}); }

  std::string directory() const { return (temporary_.path() / "cache").string(); }
  fs::path entry(const Sha256Digest& key) const {
    return fs::path(directory()) / ProgramCache::entry_name(key);
  }
  std::size_t files_in_cache() const {
    std::size_t count = 0;
    for ([[maybe_unused]] const auto& file : fs::directory_iterator(directory())) ++count;
    return count;
  }

  TemporaryDirectory temporary_;
  std::string log_;
  const Sha256Digest key_ = sha256("a program");
  const std::vector<std::byte> payload_ = bytes_of(".version 9.0\n.target sm_90\nbody");
};

TEST_F(ProgramCacheTest, GivesBackWhatWasStored) {
  const ProgramCache cache(directory());
  ASSERT_TRUE(cache.enabled());
  EXPECT_EQ(cache.load(key_), std::nullopt);
  cache.store(key_, payload_);
  EXPECT_EQ(cache.load(key_), payload_);
  EXPECT_EQ(cache.load(sha256("another program")), std::nullopt);
  EXPECT_EQ(ProgramCache(directory()).load(key_), payload_) << "a later process finds it";
  EXPECT_EQ(log_, "");
}

TEST_F(ProgramCacheTest, MakesThePrivateDirectoryWithItsParents) {
  const std::string deep = (temporary_.path() / "a/b/zerocl").string();
  const ProgramCache cache(deep);
  EXPECT_TRUE(cache.enabled());
  struct stat status = {};
  ASSERT_EQ(::stat(deep.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0700u);
}

TEST_F(ProgramCacheTest, EntriesArePrivateAndNothingElseIsLeft) {
  const ProgramCache cache(directory());
  cache.store(key_, payload_);
  cache.store(key_, payload_);
  struct stat status = {};
  ASSERT_EQ(::stat(entry(key_).c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
  EXPECT_EQ(files_in_cache(), 1u);
}

// Every single byte of an entry: magic, version, key, length, digest, payload.
TEST_F(ProgramCacheTest, RefusesAnyFlippedBitAndHealsByStoring) {
  const ProgramCache cache(directory());
  cache.store(key_, payload_);
  const std::string good = read_file(entry(key_));
  ASSERT_EQ(good.size(), 84 + payload_.size());
  for (std::size_t i = 0; i < good.size(); ++i) {
    std::string bad = good;
    bad[i] = static_cast<char>(bad[i] ^ (1 << (i % 8)));
    write_file(entry(key_), bad);
    EXPECT_EQ(cache.load(key_), std::nullopt) << "byte " << i;
  }
  EXPECT_NE(log_.find("damaged"), std::string::npos);
  cache.store(key_, payload_);
  EXPECT_EQ(cache.load(key_), payload_);
}

TEST_F(ProgramCacheTest, RefusesEveryTruncationAndAnyTail) {
  const ProgramCache cache(directory());
  cache.store(key_, payload_);
  const std::string good = read_file(entry(key_));
  for (std::size_t length = 0; length < good.size(); ++length) {
    write_file(entry(key_), good.substr(0, length));
    EXPECT_EQ(cache.load(key_), std::nullopt) << length;
  }
  write_file(entry(key_), good + "x");
  EXPECT_EQ(cache.load(key_), std::nullopt);
}

TEST_F(ProgramCacheTest, RefusesAnotherProgramsEntry) {
  const ProgramCache cache(directory());
  const Sha256Digest other = sha256("another program");
  cache.store(other, payload_);
  fs::copy_file(entry(other), entry(key_));
  EXPECT_EQ(cache.load(key_), std::nullopt);
  EXPECT_EQ(cache.load(other), payload_);
}

TEST_F(ProgramCacheTest, DoesNotFollowALinkInAnEntrysPlace) {
  const ProgramCache cache(directory());
  cache.store(key_, payload_);
  fs::rename(entry(key_), temporary_.path() / "elsewhere");
  fs::create_symlink(temporary_.path() / "elsewhere", entry(key_));
  EXPECT_EQ(cache.load(key_), std::nullopt);
  // Storing replaces the link itself, never what it points to.
  cache.store(key_, bytes_of("new"));
  EXPECT_EQ(cache.load(key_), bytes_of("new"));
  EXPECT_FALSE(fs::is_symlink(entry(key_)));
  EXPECT_EQ(read_file(temporary_.path() / "elsewhere").size(), 84 + payload_.size());
}

TEST_F(ProgramCacheTest, PassesOverPipesAndFoldersInAnEntrysPlace) {
  const ProgramCache cache(directory());
  ASSERT_EQ(::mkfifo(entry(key_).c_str(), 0600), 0);
  EXPECT_EQ(cache.load(key_), std::nullopt);
  fs::remove(entry(key_));
  fs::create_directory(entry(key_));
  EXPECT_EQ(cache.load(key_), std::nullopt);
  cache.store(key_, payload_);  // cannot replace a directory: logged, not thrown
  EXPECT_NE(log_.find("cannot rename"), std::string::npos) << log_;
  EXPECT_EQ(files_in_cache(), 1u) << "the temporary file is gone";
}

TEST_F(ProgramCacheTest, RefusesADirectoryThatOthersMayWrite) {
  for (const fs::perms open : {fs::perms::group_write, fs::perms::others_write}) {
    fs::create_directory(directory());
    fs::permissions(directory(), fs::perms::owner_all | open);
    const ProgramCache cache(directory());
    EXPECT_FALSE(cache.enabled());
    EXPECT_NE(cache.refusal().find("others may write"), std::string::npos);
    EXPECT_NE(log_.find("is not used"), std::string::npos);
    cache.store(key_, payload_);
    EXPECT_EQ(cache.load(key_), std::nullopt);
    EXPECT_TRUE(fs::is_empty(directory()));
    fs::remove(directory());
  }
}

TEST_F(ProgramCacheTest, RefusesALinkAFileAndAnotherUsersDirectory) {
  fs::create_directory(temporary_.path() / "real");
  fs::create_directory_symlink(temporary_.path() / "real", directory());
  EXPECT_NE(ProgramCache(directory()).refusal().find("symbolic link"), std::string::npos);
  write_file(temporary_.path() / "file", "");
  EXPECT_FALSE(ProgramCache((temporary_.path() / "file").string()).enabled());
  if (::geteuid() != 0) GTEST_SKIP() << "only root can make another user's directory";
  fs::create_directory(temporary_.path() / "theirs");
  ASSERT_EQ(::chown((temporary_.path() / "theirs").c_str(), 12345, 12345), 0);
  EXPECT_NE(ProgramCache((temporary_.path() / "theirs").string()).refusal().find("another user"),
            std::string::npos);
}

TEST_F(ProgramCacheTest, OffHoldsNothingAndWarnsNobody) {
  const ProgramCache cache("off");
  EXPECT_FALSE(cache.enabled());
  cache.store(key_, payload_);
  EXPECT_EQ(cache.load(key_), std::nullopt);
  EXPECT_EQ(log_, "");
}

TEST_F(ProgramCacheTest, AnUnwritableDirectoryIsLoggedNotThrown) {
  const ProgramCache cache((fs::path("/proc/no/such/directory")).string());
  EXPECT_FALSE(cache.enabled());
  EXPECT_NE(log_.find("cannot create"), std::string::npos) << log_;
}

// A reader among writers of two different payloads sees one of them whole, or nothing yet.
TEST_F(ProgramCacheTest, ManyWritersNeverShowHalfAnEntry) {
  const std::vector<std::byte> payloads[2] = {bytes_of(std::string(300000, 'a')),
                                              bytes_of(std::string(200000, 'b'))};
  std::vector<std::thread> writers;
  for (const auto& payload : payloads) {
    writers.emplace_back([this, &payload] {
      const ProgramCache cache(directory());
      for (int i = 0; i < 25; ++i) cache.store(key_, payload);
    });
  }
  const ProgramCache cache(directory());
  for (int i = 0; i < 50; ++i) {
    if (const auto seen = cache.load(key_)) {
      EXPECT_TRUE(*seen == payloads[0] || *seen == payloads[1]);
    }
  }
  for (std::thread& writer : writers) writer.join();
  EXPECT_TRUE(cache.load(key_).has_value());
  EXPECT_EQ(log_, "");
  EXPECT_EQ(files_in_cache(), 1u);
}

class EnvironmentTest : public testing::Test {
 protected:
  // Sets a variable (null: removes it) until the test ends.
  void set(const char* name, const char* value) {
    const char* old = std::getenv(name);
    if (!before_.contains(name)) {
      before_[name] = old == nullptr ? std::nullopt : std::optional<std::string>(old);
    }
    value == nullptr ? ::unsetenv(name) : ::setenv(name, value, 1);
  }
  void TearDown() override {
    for (const auto& [name, value] : before_) {
      value ? ::setenv(name.c_str(), value->c_str(), 1) : ::unsetenv(name.c_str());
    }
  }

 private:
  std::map<std::string, std::optional<std::string>> before_;
};

TEST_F(EnvironmentTest, ChoosesTheDirectory) {
  set("ZEROCL_CACHE_DIR", "/own");
  set("XDG_CACHE_HOME", "/xdg");
  set("HOME", "/home/me");
  EXPECT_EQ(ProgramCache::environment_directory(), "/own");
  set("ZEROCL_CACHE_DIR", "off");
  EXPECT_EQ(ProgramCache::environment_directory(), "off");
  set("ZEROCL_CACHE_DIR", nullptr);
  EXPECT_EQ(ProgramCache::environment_directory(), "/xdg/zerocl");
  set("XDG_CACHE_HOME", "relative");
  EXPECT_EQ(ProgramCache::environment_directory(), "/home/me/.cache/zerocl");
  set("XDG_CACHE_HOME", nullptr);
  EXPECT_EQ(ProgramCache::environment_directory(), "/home/me/.cache/zerocl");
  set("HOME", nullptr);
  EXPECT_EQ(ProgramCache::environment_directory(), "off");
}

}  // namespace
}  // namespace zerocl
