#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "engine/checkpoint/file.h"
#include "engine/checkpoint/safetensors_header.h"

namespace zerocl {

// A tensor that will be written.
struct TensorDeclaration {
  std::string name;
  StoredType type = StoredType::f32;
  Shape shape;
};

// Writes a safetensors file as a stream: all tensors are declared first, then their data comes in
// any order and in pieces, so that no more than a piece is ever in memory. The layout depends on
// the declared set alone, not on its order: wide types first (everything stays aligned), then by
// name, as the format's own library lays files out; the same tensors give the same bytes.
class SafetensorsWriter {
 public:
  // Creates `path`, which must not exist, writes the header and claims the space of the whole file.
  // Throws Error if two names are equal, a declaration could not be read back, or the disk is full.
  SafetensorsWriter(const std::filesystem::path& path,
                    const std::vector<TensorDeclaration>& declarations,
                    std::map<std::string, std::string> metadata = {});

  // Adds the next `bytes` bytes to the tensor's data. Throws Error for an undeclared name, more
  // data than the shape holds, or a failed write.
  void append(std::string_view name, const void* data, std::uint64_t bytes);
  template <class T>
  void append(std::string_view name, std::span<const T> data) {
    append(name, data.data(), data.size_bytes());
  }

  // Syncs and closes. Throws Error naming the first tensor whose data is not complete. Without it
  // the file stays incomplete: its maker removes it (OutputDir does).
  void finish();

  std::uint64_t file_bytes() const noexcept { return file_bytes_; }

 private:
  OutputFile file_;
  std::uint64_t file_bytes_ = 0;
  std::vector<StoredTensor> tensors_;                   // in file order
  std::vector<std::uint64_t> written_;                  // bytes, per tensor
  std::unordered_map<std::string, std::size_t> index_;  // name -> position in tensors_
};

}  // namespace zerocl
