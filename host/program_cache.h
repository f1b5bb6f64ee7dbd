#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "host/sha256.h"

namespace zerocl {

// Built programs on disk, one file per entry, so that a start does not pay the compiler again.
//
// Key: SHA-256 of everything that decides the binary: flattened source, options, device, driver
// and platform version, version of this library (see program.cpp). Never a file's name or time:
// driver caches keyed by those have returned stale code after an included file changed.
// Entry: magic, format version, key, payload length, SHA-256 of the payload, payload. An entry
// that differs in any of these is not used but rebuilt and overwritten.
// Safety: binaries are code, so the directory must be ours alone: owned by this user, writable by
// nobody else, no symbolic link; entries are opened without following links. A directory that
// fails this is not used, with a warning, and the program works without a cache.
// Concurrency: an entry is written under a temporary name, synced and renamed; readers and
// writers of any number of processes and threads see a whole entry or none.
// Not promised: a limit of its size. The directory may be deleted at any time.
class ProgramCache {
 public:
  // The directory that the environment asks for: $ZEROCL_CACHE_DIR, else $XDG_CACHE_HOME/zerocl,
  // else ~/.cache/zerocl; "off" when ZEROCL_CACHE_DIR says so or there is no home.
  static std::string environment_directory();

  // Opens (creates, mode 0700) the directory. "off" gives a cache that holds nothing. Never throws
  // for an unusable directory; see enabled() and refusal().
  explicit ProgramCache(const std::string& directory);
  ~ProgramCache();
  ProgramCache(const ProgramCache&) = delete;
  ProgramCache& operator=(const ProgramCache&) = delete;

  bool enabled() const { return directory_fd_ >= 0; }
  // Why a directory that was asked for is not used; empty otherwise.
  const std::string& refusal() const { return refusal_; }

  // The payload stored under `key`, or nothing when there is none or it is damaged (logged).
  std::optional<std::vector<std::byte>> load(const Sha256Digest& key) const;
  // Stores a payload; a failure (disk full, ...) is logged and changes nothing.
  void store(const Sha256Digest& key, std::span<const std::byte> payload) const;

  // The entry's file name within the directory.
  static std::string entry_name(const Sha256Digest& key);

 private:
  std::string open_directory(const std::string& directory);

  std::string directory_;
  std::string refusal_;
  int directory_fd_ = -1;
};

}  // namespace zerocl
