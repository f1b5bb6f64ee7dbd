#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>

namespace zerocl {

// Owns a POSIX file descriptor.
class FileDescriptor {
 public:
  explicit FileDescriptor(int fd = -1) noexcept : fd_(fd) {}
  FileDescriptor(FileDescriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  FileDescriptor& operator=(FileDescriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~FileDescriptor();
  int get() const noexcept { return fd_; }
  int release() noexcept { return std::exchange(fd_, -1); }

 private:
  int fd_;
};

// A regular file that is read at random places. pread and no mapping: a file that is cut short
// while we read must end in an Error, never in a SIGBUS. Reading is safe from several threads.
class InputFile {
 public:
  // Throws Error if `path` is not a regular file (after symbolic links) or cannot be opened.
  explicit InputFile(const std::filesystem::path& path);

  const std::string& name() const noexcept { return name_; }  // the path, fit for messages
  std::uint64_t size() const noexcept { return size_; }       // bytes, when it was opened

  // Reads exactly `bytes` bytes from byte `offset`; `what` names them in the error.
  void read(void* destination, std::uint64_t offset, std::uint64_t bytes,
            std::string_view what) const;

 private:
  std::string name_;
  FileDescriptor fd_;
  std::uint64_t size_ = 0;
};

// A file that did not exist before, written at random places.
class OutputFile {
 public:
  // Throws Error if anything, a dangling link included, stands at `path` already.
  explicit OutputFile(const std::filesystem::path& path);

  // Sets the length to `bytes` and claims the space, so that a full disk shows here and not hours
  // later (where the file system cannot claim, it shows at the write).
  void reserve(std::uint64_t bytes);
  void write(const void* data, std::uint64_t offset, std::uint64_t bytes);
  // Syncs to the disk and closes; the file is safe only when this has returned.
  void close();

  const std::string& name() const noexcept { return name_; }

 private:
  std::string name_;
  FileDescriptor fd_;
};

// The whole of a regular file. Throws Error where it has more than `max_bytes` bytes.
std::string read_whole_file(const std::filesystem::path& path, std::uint64_t max_bytes);

// Flushes a file or a directory (its entries: names made, renamed or removed) to the disk.
void sync_path(const std::filesystem::path& path);

// Whether `name` is the name of an entry of a directory and nothing else: no separator of any
// system, no "." or "..", no control character, at most 255 bytes.
bool is_plain_file_name(std::string_view name);

// The system's text for an errno value.
std::string system_message(int error_number);

}  // namespace zerocl
