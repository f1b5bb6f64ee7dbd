#include "engine/checkpoint/file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <limits>
#include <system_error>

#include "engine/checkpoint/printable.h"
#include "host/error.h"

namespace zerocl {
namespace {

constexpr std::size_t kLongestName = 4096;        // of a path inside a message
constexpr std::uint64_t kLargestCall = 1U << 30;  // Linux moves at most 2 GiB - 4 KiB per call

std::string display_name(const std::filesystem::path& path) {
  return printable(path.string(), kLongestName);
}

[[noreturn]] void fail(const std::string& name, const char* action, int error_number) {
  throw Error(fmt::format("{}: cannot {}: {}", name, action, system_message(error_number)));
}

}  // namespace

std::string system_message(int error_number) {
  return std::generic_category().message(error_number);
}

FileDescriptor::~FileDescriptor() {
  if (fd_ >= 0) ::close(fd_);
}

InputFile::InputFile(const std::filesystem::path& path) : name_(display_name(path)) {
  // O_NONBLOCK: opening a FIFO without a writer would hang; for regular files it means nothing.
  fd_ = FileDescriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (fd_.get() < 0) fail(name_, "open", errno);
  struct stat status {};
  if (::fstat(fd_.get(), &status) != 0) fail(name_, "examine", errno);
  if (S_ISDIR(status.st_mode)) throw Error(name_ + ": is a directory, a file was expected");
  if (!S_ISREG(status.st_mode)) throw Error(name_ + ": is not a regular file");
  size_ = static_cast<std::uint64_t>(status.st_size);
}

void InputFile::read(void* destination, std::uint64_t offset, std::uint64_t bytes,
                     std::string_view what) const {
  if (offset > size_ || bytes > size_ - offset) {
    throw Error(fmt::format("{}: {} lies at bytes {} to {} + {}, beyond the file's {} bytes", name_,
                            what, offset, offset, bytes, size_));
  }
  auto* to = static_cast<char*>(destination);
  std::uint64_t done = 0;
  while (done < bytes) {
    const auto count = static_cast<std::size_t>(std::min(bytes - done, kLargestCall));
    const ssize_t got = ::pread(fd_.get(), to + done, count, static_cast<off_t>(offset + done));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) {
      throw Error(fmt::format("{}: cannot read {}: {}", name_, what, system_message(errno)));
    }
    if (got == 0) {
      throw Error(
          fmt::format("{}: the file ends inside {}: {} of {} bytes came (it was cut short "
                      "after it was opened)",
                      name_, what, done, bytes));
    }
    done += static_cast<std::uint64_t>(got);
  }
}

OutputFile::OutputFile(const std::filesystem::path& path) : name_(display_name(path)) {
  fd_ = FileDescriptor(
      ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0666));
  if (fd_.get() < 0) fail(name_, "create", errno);
}

void OutputFile::reserve(std::uint64_t bytes) {
  if (bytes > static_cast<std::uint64_t>(std::numeric_limits<off_t>::max())) {
    fail(name_, "reserve space", EFBIG);
  }
  const auto length = static_cast<off_t>(bytes);
  if (::ftruncate(fd_.get(), length) != 0) fail(name_, "set the length", errno);
  if (length == 0) return;
  int result = 0;
  do {
    result = ::fallocate(fd_.get(), 0, 0, length);
  } while (result != 0 && errno == EINTR);
  if (result != 0 && errno != EOPNOTSUPP && errno != ENOSYS) fail(name_, "reserve space", errno);
}

void OutputFile::write(const void* data, std::uint64_t offset, std::uint64_t bytes) {
  const auto* from = static_cast<const char*>(data);
  std::uint64_t done = 0;
  while (done < bytes) {
    const auto count = static_cast<std::size_t>(std::min(bytes - done, kLargestCall));
    const ssize_t put = ::pwrite(fd_.get(), from + done, count, static_cast<off_t>(offset + done));
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) fail(name_, "write", put < 0 ? errno : EIO);
    done += static_cast<std::uint64_t>(put);
  }
}

void OutputFile::close() {
  if (::fsync(fd_.get()) != 0) fail(name_, "write to the disk", errno);
  // EINTR from close leaves the descriptor closed on Linux; the data is synced either way.
  if (::close(fd_.release()) != 0 && errno != EINTR) fail(name_, "close", errno);
}

std::string read_whole_file(const std::filesystem::path& path, std::uint64_t max_bytes) {
  const InputFile file(path);
  if (file.size() > max_bytes) {
    throw Error(fmt::format("{}: has {} bytes, more than the {} that such a file may have",
                            file.name(), file.size(), max_bytes));
  }
  std::string content(static_cast<std::size_t>(file.size()), '\0');
  file.read(content.data(), 0, file.size(), "the file's content");
  return content;
}

void sync_path(const std::filesystem::path& path) {
  const std::string name = display_name(path);
  const FileDescriptor fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (fd.get() < 0) fail(name, "open", errno);
  // EINVAL: a file system that cannot sync a directory; there is nothing more to be done there.
  if (::fsync(fd.get()) != 0 && errno != EINVAL) fail(name, "write to the disk", errno);
}

bool is_plain_file_name(std::string_view name) {
  return !name.empty() && name.size() <= 255 && name != "." && name != ".." &&
         name.find_first_of("/\\:") == std::string_view::npos && is_clean_utf8(name);
}

}  // namespace zerocl
