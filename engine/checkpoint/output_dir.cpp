#include "engine/checkpoint/output_dir.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include "engine/checkpoint/printable.h"
#include "host/error.h"

namespace zerocl {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kCopyBytes = 1U << 20;
constexpr const char* kOldSuffix = ".old";  // of a replaced directory that had to step aside

std::string shown(const fs::path& path) {
  return printable(path.string(), 4096);
}

[[noreturn]] void fail(const fs::path& path, const char* action, int error_number) {
  throw Error(fmt::format("{}: cannot {}: {}", shown(path), action, system_message(error_number)));
}

bool is_non_empty_directory(const fs::path& path) {
  std::error_code error;
  if (!fs::is_directory(path, error)) return false;
  const fs::directory_iterator first(path, error);
  if (error) fail(path, "list the directory", error.value());
  return first != fs::directory_iterator();
}

// Absolute, without links and without a trailing slash; the parent must exist.
fs::path resolve_target(const fs::path& target) {
  if (target.empty()) throw Error("the output directory has an empty name", ErrorKind::usage);
  std::error_code error;
  fs::path resolved = fs::absolute(target, error);
  if (!error) resolved = fs::weakly_canonical(resolved, error);
  if (error) throw Error(fmt::format("{}: {}", shown(target), error.message()), ErrorKind::usage);
  if (!resolved.has_filename()) resolved = resolved.parent_path();
  if (!resolved.has_filename()) {
    throw Error(shown(target) + ": cannot be an output directory", ErrorKind::usage);
  }
  if (!fs::is_directory(resolved.parent_path(), error)) {
    throw Error(shown(resolved.parent_path()) + ": no such directory (to make the output in)",
                ErrorKind::usage);
  }
  return resolved;
}

// What names of temporary siblings begin with; the target's name is cut so that they stay legal.
std::string temporary_prefix(const fs::path& target) {
  return "." + target.filename().string().substr(0, 200) + ".tmp-";
}

// Opens a directory and locks it without waiting; an invalid descriptor if somebody holds the lock.
FileDescriptor lock_directory(const fs::path& path) {
  FileDescriptor fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (fd.get() < 0 || ::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) return FileDescriptor();
  return fd;
}

// The process that made a temporary sibling, from its name after the prefix ("PID-XXXXXX", perhaps
// with kOldSuffix); 0 for any other name: what only resembles ours is not ours.
pid_t maker_of(std::string_view rest) {
  if (rest.ends_with(kOldSuffix)) rest.remove_suffix(std::string_view(kOldSuffix).size());
  pid_t pid = 0;
  const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), pid);
  const std::string_view random = rest.substr(static_cast<std::size_t>(end - rest.data()));
  return error == std::errc() && random.size() == 7 && random.front() == '-' ? pid : 0;
}

// Removes temporary siblings whose makers were killed: this user's, made by a process that is gone,
// and not locked (which also tells the makers in other containers).
void remove_abandoned(const fs::path& target, const std::string& prefix) {
  std::error_code ignored;
  const bool target_stands = fs::exists(target, ignored);
  for (const auto& entry : fs::directory_iterator(target.parent_path(), ignored)) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with(prefix)) continue;
    // Killed between the two renames of a file system without exchange: the only old copy.
    if (name.ends_with(kOldSuffix) && !target_stands) continue;
    const pid_t pid = maker_of(std::string_view(name).substr(prefix.size()));
    if (pid <= 0 || ::kill(pid, 0) == 0 || errno != ESRCH) continue;
    const FileDescriptor lock = lock_directory(entry.path());
    struct stat status {};
    const bool mine =
        lock.get() >= 0 && ::fstat(lock.get(), &status) == 0 && status.st_uid == ::geteuid();
    if (!mine) continue;
    fs::remove_all(entry.path(), ignored);
  }
}

// Makes the temporary directory's rights those that a plain mkdir gives in this process. Asking the
// umask itself means changing it, which other threads would see; a trial directory asks for it.
void set_final_mode(const fs::path& directory) {
  const fs::path trial = directory / ".mode";
  struct stat status {};
  if (::mkdir(trial.c_str(), 0777) != 0) fail(trial, "create", errno);
  const bool known = ::stat(trial.c_str(), &status) == 0;
  if (::rmdir(trial.c_str()) != 0 || !known) fail(trial, "examine", errno);
  const int result = ::chmod(directory.c_str(), status.st_mode & 0777);
  if (result != 0) fail(directory, "set the rights", errno);
}

void sync_tree(const fs::path& directory) {
  try {
    for (const auto& entry : fs::recursive_directory_iterator(directory)) sync_path(entry.path());
  } catch (const fs::filesystem_error& problem) {
    fail(directory, "list the directory", problem.code().value());
  }
  sync_path(directory);
}

}  // namespace

OutputDir::OutputDir(const fs::path& target, OutputDirOptions options)
    : target_(resolve_target(target)), options_(std::move(options)) {
  check_target();
  const fs::path parent = target_.parent_path();
  const std::string prefix = temporary_prefix(target_);
  remove_abandoned(target_, prefix);
  std::string name = (parent / fmt::format("{}{}-XXXXXX", prefix, ::getpid())).string();
  if (::mkdtemp(name.data()) == nullptr) fail(parent, "create a directory in it", errno);
  temporary_ = name;
  lock_ = lock_directory(temporary_);
}

OutputDir::~OutputDir() {
  std::error_code ignored;  // nothing can be told from a destructor; the next OutputDir tries again
  if (!temporary_.empty()) fs::remove_all(temporary_, ignored);
}

void OutputDir::check_target() const {
  std::error_code error;
  const fs::file_status status = fs::symlink_status(target_, error);
  if (fs::exists(status) && !fs::is_directory(status)) {
    throw Error(shown(target_) + ": exists and is not a directory", ErrorKind::usage);
  }
  for (const fs::path& input : options_.inputs) {
    // By identity and not by name: the same directory can be mounted in two places.
    fs::path around = fs::weakly_canonical(fs::absolute(input, error), error);
    for (;; around = around.parent_path()) {
      if (around == target_ || fs::equivalent(around, target_, error)) {
        throw Error(fmt::format("{}: the output directory is, or contains, the input {}",
                                shown(target_), shown(input)),
                    ErrorKind::usage);
      }
      if (around == around.parent_path()) break;
    }
  }
  if (!is_non_empty_directory(target_)) return;
  if (!options_.replace) {
    throw Error(shown(target_) + ": exists and is not empty", ErrorKind::usage);
  }
  if (!fs::is_regular_file(target_ / "config.json", error)) {
    throw Error(shown(target_) +
                    ": is not replaced, since it is not a model directory (it has no "
                    "config.json)",
                ErrorKind::usage);
  }
}

fs::path OutputDir::file(std::string_view name) {
  const std::size_t slash = name.find('/');
  const std::string_view leaf = slash == std::string_view::npos ? name : name.substr(slash + 1);
  const std::string_view folder = slash == std::string_view::npos ? "" : name.substr(0, slash);
  const bool good =
      is_plain_file_name(leaf) && (slash == std::string_view::npos || is_plain_file_name(folder));
  if (!good) {
    throw Error(
        fmt::format("{}: \"{}\" is no name for a file in it", shown(target_), printable(name)));
  }
  if (folder.empty()) return temporary_ / leaf;
  const fs::path directory = temporary_ / folder;
  if (::mkdir(directory.c_str(), 0777) != 0 && errno != EEXIST) fail(directory, "create", errno);
  return directory / leaf;
}

void OutputDir::write_file(std::string_view name, std::string_view content) {
  OutputFile out(file(name));
  out.write(content.data(), 0, content.size());
  out.close();
}

void OutputDir::write_json(std::string_view name, const nlohmann::json& value) {
  try {
    write_file(name, value.dump(2) + "\n");
  } catch (const nlohmann::json::exception&) {
    throw Error(fmt::format("{}: a text for it is not UTF-8", shown(target_ / name)));
  }
}

void OutputDir::copy_file(const fs::path& from, std::string_view name) {
  const InputFile in(from);
  OutputFile out(file(name));
  std::vector<char> piece(static_cast<std::size_t>(std::min(in.size(), kCopyBytes)));
  for (std::uint64_t done = 0; done < in.size();) {
    const std::uint64_t count = std::min<std::uint64_t>(piece.size(), in.size() - done);
    in.read(piece.data(), done, count, "the file's content");
    out.write(piece.data(), done, count);
    done += count;
  }
  out.close();
}

void OutputDir::commit() {
  if (temporary_.empty()) throw Error(shown(target_) + ": was committed already");
  set_final_mode(temporary_);
  sync_tree(temporary_);
  check_target();
  rename_into_place();
}

void OutputDir::rename_into_place() {
  const fs::path parent = target_.parent_path();
  fs::path leftover;  // the directory that was replaced
  // rename() takes the place of nothing or of an empty directory in one step, and refuses any
  // other: a target that was filled since the check is safe.
  if (::rename(temporary_.c_str(), target_.c_str()) != 0) {
    const bool occupied = errno == ENOTEMPTY || errno == EEXIST;
    if (!occupied || !options_.replace) fail(target_, "move the finished directory there", errno);
    if (::renameat2(AT_FDCWD, temporary_.c_str(), AT_FDCWD, target_.c_str(), RENAME_EXCHANGE) ==
        0) {
      leftover = temporary_;
    } else {
      // File systems without exchange: the old directory steps aside first, and back on failure.
      leftover = temporary_;
      leftover += kOldSuffix;
      if (::rename(target_.c_str(), leftover.c_str()) != 0) fail(target_, "move it aside", errno);
      if (::rename(temporary_.c_str(), target_.c_str()) != 0) {
        const int problem = errno;
        if (::rename(leftover.c_str(), target_.c_str()) != 0) {
          throw Error(fmt::format("{}: cannot be put back; the old directory is now {}",
                                  shown(target_), shown(leftover)));
        }
        fail(target_, "move the finished directory there", problem);
      }
    }
  }
  temporary_.clear();
  sync_path(parent);
  // The new directory stands: what cannot be removed of the old one is no failure of this run.
  std::error_code ignored;
  if (!leftover.empty()) fs::remove_all(leftover, ignored);
}

}  // namespace zerocl
