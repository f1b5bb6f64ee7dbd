#include "engine/checkpoint/safetensors.h"

#include <fmt/format.h>

#include <array>
#include <bit>
#include <cstring>

#include "engine/checkpoint/printable.h"
#include "host/error.h"

namespace zerocl {
namespace {

static_assert(std::endian::native == std::endian::little, "tensor data is little endian");

constexpr std::uint64_t kLengthBytes = 8;  // the header's length, little endian, opens the file

SafetensorsHeader read_header(const InputFile& file) {
  // The length and the first byte of the JSON: enough to see that a file is something else.
  std::array<char, kLengthBytes + 1> start{};
  if (file.size() < start.size()) {
    throw Error(
        fmt::format("{}: not a safetensors file: it has only {} bytes", file.name(), file.size()));
  }
  file.read(start.data(), 0, start.size(), "the header's length");
  std::uint64_t length = 0;
  std::memcpy(&length, start.data(), kLengthBytes);
  if (length > kSafetensorsMaxHeader) {
    throw Error(
        fmt::format("{}: not a safetensors file: its header claims {} bytes, {} are allowed",
                    file.name(), length, kSafetensorsMaxHeader));
  }
  if (length > file.size() - kLengthBytes) {
    throw Error(
        fmt::format("{}: its header claims {} bytes, but only {} follow; the file was cut "
                    "short or is damaged",
                    file.name(), length, file.size() - kLengthBytes));
  }
  if (start.back() != '{') {
    throw Error(fmt::format("{}: not a safetensors file: the header does not begin with '{{'",
                            file.name()));
  }
  std::string text(static_cast<std::size_t>(length), '\0');
  file.read(text.data(), kLengthBytes, length, "the header");
  const std::uint64_t data_offset = kLengthBytes + length;
  return parse_safetensors_header(text, data_offset, file.size() - data_offset, file.name());
}

}  // namespace

SafetensorsFile::SafetensorsFile(const std::filesystem::path& path)
    : file_(path), header_(read_header(file_)) {
  index_.reserve(header_.tensors.size());
  for (std::size_t i = 0; i < header_.tensors.size(); ++i) {
    index_.emplace(header_.tensors[i].name, i);
  }
}

const StoredTensor* SafetensorsFile::find(std::string_view name) const {
  const auto found = index_.find(std::string(name));
  return found == index_.end() ? nullptr : &header_.tensors[found->second];
}

void SafetensorsFile::read(std::string_view name, void* destination, std::uint64_t offset,
                           std::uint64_t bytes) const {
  const StoredTensor* tensor = find(name);
  if (tensor == nullptr) {
    throw Error(fmt::format("{}: has no tensor \"{}\"", file_.name(), printable(name)));
  }
  read(*tensor, destination, offset, bytes);
}

void SafetensorsFile::read(const StoredTensor& tensor, void* destination, std::uint64_t offset,
                           std::uint64_t bytes) const {
  if (offset > tensor.bytes || bytes > tensor.bytes - offset) {
    throw Error(fmt::format("{}: tensor \"{}\" has {} bytes; {} from byte {} were asked for",
                            file_.name(), printable(tensor.name), tensor.bytes, bytes, offset));
  }
  file_.read(destination, tensor.offset + offset, bytes,
             fmt::format("tensor \"{}\"", printable(tensor.name)));
}

}  // namespace zerocl
