#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "engine/checkpoint/file.h"
#include "engine/checkpoint/safetensors_header.h"

namespace zerocl {

// A safetensors file, open for random access. The constructor reads and checks the header alone;
// data moves when it is asked for. Reading is safe from several threads at once.
class SafetensorsFile {
 public:
  // Throws Error naming the file, and the tensor at fault where there is one.
  explicit SafetensorsFile(const std::filesystem::path& path);

  const std::string& name() const noexcept { return file_.name(); }  // the path, for messages
  const std::vector<StoredTensor>& tensors() const noexcept { return header_.tensors; }
  const std::map<std::string, std::string>& metadata() const noexcept { return header_.metadata; }

  // The tensor of that name, or nullptr. Valid as long as this object.
  const StoredTensor* find(std::string_view name) const;

  // Reads `bytes` bytes from byte `offset` of the tensor's data (row-major, little endian). Throws
  // Error where there is no such tensor, the range leaves it, or the file has become shorter.
  void read(std::string_view name, void* destination, std::uint64_t offset,
            std::uint64_t bytes) const;
  void read(const StoredTensor& tensor, void* destination, std::uint64_t offset,
            std::uint64_t bytes) const;

 private:
  InputFile file_;
  SafetensorsHeader header_;
  std::unordered_map<std::string, std::size_t> index_;  // name -> position in tensors
};

}  // namespace zerocl
