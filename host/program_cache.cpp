#include "host/program_cache.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <system_error>

#include "host/log.h"

namespace zerocl {

namespace {

constexpr std::array<char, 8> magic = {'Z', 'C', 'L', 'P', 'R', 'O', 'G', '\n'};
constexpr std::uint32_t format_version = 1;
// The largest program known is some hundred KiB of PTX; more is not ours, whatever it says.
constexpr std::uint64_t max_payload_bytes = 256ull << 20;
constexpr std::size_t header_bytes = 8 + 4 + 32 + 8 + 32;

class File {
 public:
  explicit File(int descriptor) : descriptor_(descriptor) {}
  ~File() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  int get() const { return descriptor_; }
  bool is_open() const { return descriptor_ >= 0; }

 private:
  int descriptor_;
};

std::string system_error_text() {
  return std::generic_category().message(errno);
}

bool read_all(int descriptor, std::span<std::byte> data) {
  while (!data.empty()) {
    const ssize_t count = ::read(descriptor, data.data(), data.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return false;
    data = data.subspan(static_cast<std::size_t>(count));
  }
  return true;
}

bool write_all(int descriptor, std::span<const std::byte> data) {
  while (!data.empty()) {
    const ssize_t count = ::write(descriptor, data.data(), data.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return false;
    data = data.subspan(static_cast<std::size_t>(count));
  }
  return true;
}

// The 84 bytes before the payload. Numbers in the host's byte order: entries stay on one machine.
std::array<std::byte, header_bytes> make_header(const Sha256Digest& key,
                                                std::span<const std::byte> payload) {
  std::array<std::byte, header_bytes> header;
  std::byte* at = header.data();
  const auto put = [&at](const void* data, std::size_t bytes) {
    std::memcpy(at, data, bytes);
    at += bytes;
  };
  const std::uint64_t length = payload.size();
  const Sha256Digest digest = sha256(payload);
  put(magic.data(), magic.size());
  put(&format_version, sizeof format_version);
  put(key.data(), key.size());
  put(&length, sizeof length);
  put(digest.data(), digest.size());
  return header;
}

}  // namespace

std::string ProgramCache::environment_directory() {
  const auto value = [](const char* name) -> std::string {
    const char* text = std::getenv(name);
    return text == nullptr ? "" : text;
  };
  if (std::string own = value("ZEROCL_CACHE_DIR"); !own.empty()) return own;
  // The XDG specification: a relative path in XDG_CACHE_HOME is to be ignored.
  if (const std::string xdg = value("XDG_CACHE_HOME"); xdg.starts_with('/')) return xdg + "/zerocl";
  if (const std::string home = value("HOME"); home.starts_with('/')) return home + "/.cache/zerocl";
  return "off";
}

ProgramCache::ProgramCache(const std::string& directory) : directory_(directory) {
  if (directory == "off") return;
  refusal_ = open_directory(directory);
  if (refusal_.empty()) return;
  if (directory_fd_ >= 0) ::close(directory_fd_);
  directory_fd_ = -1;
  log_warning(fmt::format("program cache {} is not used: {}", directory, refusal_));
}

ProgramCache::~ProgramCache() {
  if (directory_fd_ >= 0) ::close(directory_fd_);
}

// Returns why the directory cannot be used, or an empty text.
std::string ProgramCache::open_directory(const std::string& directory) {
  std::error_code error;
  const std::filesystem::path parent = std::filesystem::path(directory).parent_path();
  if (!parent.empty()) std::filesystem::create_directories(parent, error);
  if (::mkdir(directory.c_str(), 0700) != 0 && errno != EEXIST) {
    return "cannot create it: " + system_error_text();
  }
  // Everything is checked on the open directory, so that it cannot be exchanged in between.
  directory_fd_ = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (directory_fd_ < 0) {
    return errno == ELOOP || errno == ENOTDIR ? "it is a symbolic link or no directory"
                                              : "cannot open it: " + system_error_text();
  }
  struct stat status = {};
  if (::fstat(directory_fd_, &status) != 0) return "cannot query it: " + system_error_text();
  if (status.st_uid != ::geteuid()) return "it belongs to another user";
  if ((status.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
    return "others may write to it (chmod 700 would do)";
  }
  return "";
}

std::string ProgramCache::entry_name(const Sha256Digest& key) {
  return hex(key) + ".clbin";
}

std::optional<std::vector<std::byte>> ProgramCache::load(const Sha256Digest& key) const {
  if (!enabled()) return std::nullopt;
  const std::string name = entry_name(key);
  // Non-blocking: a named pipe in the entry's place must not hang the program.
  const File file(
      ::openat(directory_fd_, name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (!file.is_open()) {
    if (errno != ENOENT) {
      log_warning(fmt::format("program cache {}: cannot open {}: {}", directory_, name,
                              system_error_text()));
    }
    return std::nullopt;
  }
  const auto damaged = [&](const char* what) {
    log_warning(fmt::format("program cache {}: {} {}; rebuilding", directory_, name, what));
    return std::nullopt;
  };
  struct stat status = {};
  if (::fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode)) return damaged("is no file");
  if (status.st_uid != ::geteuid()) return damaged("belongs to another user");
  const auto size = static_cast<std::uint64_t>(status.st_size);
  if (size < header_bytes || size - header_bytes > max_payload_bytes) {
    return damaged("has an impossible size");
  }
  std::array<std::byte, header_bytes> header;
  std::vector<std::byte> payload(static_cast<std::size_t>(size) - header_bytes);
  if (!read_all(file.get(), header) || !read_all(file.get(), payload)) {
    return damaged("cannot be read to its end");
  }
  // Magic, version, key, length and digest at once: the header can only be what we would write.
  if (header != make_header(key, payload)) return damaged("is damaged or of another version");
  return payload;
}

void ProgramCache::store(const Sha256Digest& key, std::span<const std::byte> payload) const {
  if (!enabled() || payload.size() > max_payload_bytes) return;
  static std::atomic<unsigned> counter = 0;
  const std::string name = entry_name(key);
  const std::string temporary = fmt::format(".{}.{}.{}", name, ::getpid(), counter++);
  const auto failed = [&](const char* what) {
    log_warning(fmt::format("program cache {}: cannot {} {}: {}", directory_, what, temporary,
                            system_error_text()));
    ::unlinkat(directory_fd_, temporary.c_str(), 0);
  };
  const File file(::openat(directory_fd_, temporary.c_str(),
                           O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!file.is_open()) return failed("create");
  if (!write_all(file.get(), make_header(key, payload)) || !write_all(file.get(), payload)) {
    return failed("write");
  }
  // Without the sync a crash could leave the new name with old or no contents.
  if (::fsync(file.get()) != 0) return failed("sync");
  if (::renameat(directory_fd_, temporary.c_str(), directory_fd_, name.c_str()) != 0) {
    return failed("rename");
  }
}

}  // namespace zerocl
