#include "engine/checkpoint/safetensors_writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "engine/checkpoint/printable.h"
#include "host/error.h"

namespace zerocl {
namespace {

// Sorted and with offsets from the start of the data; returns the bytes of data.
std::uint64_t lay_out(const std::vector<TensorDeclaration>& declarations, const std::string& file,
                      std::vector<StoredTensor>& tensors) {
  for (const TensorDeclaration& declared : declarations) {
    const auto bytes = byte_count(declared.type, declared.shape);
    if (!bytes) {
      throw Error(fmt::format("{}: cannot write tensor \"{}\": the size of shape {} overflows",
                              file, printable(declared.name), shape_text(declared.shape)));
    }
    tensors.push_back({declared.name, declared.type, declared.shape, 0, *bytes});
  }
  std::sort(tensors.begin(), tensors.end(), [](const StoredTensor& a, const StoredTensor& b) {
    const int a_width = stored_type_bytes(a.type);
    const int b_width = stored_type_bytes(b.type);
    return a_width != b_width ? a_width > b_width : a.name < b.name;
  });
  std::uint64_t end = 0;
  for (StoredTensor& tensor : tensors) {
    tensor.offset = end;
    if (__builtin_add_overflow(end, tensor.bytes, &end)) {
      throw Error(fmt::format("{}: the sizes of the tensors to write overflow", file));
    }
  }
  return end;
}

std::string header_text(const SafetensorsHeader& header, const std::string& file) {
  try {
    return format_safetensors_header(header);
  } catch (const nlohmann::json::exception&) {  // the only cause: bytes that are not UTF-8
    throw Error(fmt::format("{}: cannot write: a tensor name or metadata is not UTF-8", file));
  }
}

}  // namespace

SafetensorsWriter::SafetensorsWriter(const std::filesystem::path& path,
                                     const std::vector<TensorDeclaration>& declarations,
                                     std::map<std::string, std::string> metadata)
    : file_(path) {
  SafetensorsHeader header{{}, std::move(metadata)};
  const std::uint64_t data_bytes = lay_out(declarations, file_.name(), header.tensors);
  const std::string text = header_text(header, file_.name());
  if (text.size() > kSafetensorsMaxHeader) {
    throw Error(
        fmt::format("{}: cannot write: the header would have {} bytes", file_.name(), text.size()));
  }
  const std::uint64_t length = text.size();
  const std::uint64_t data_offset = sizeof(length) + length;
  if (__builtin_add_overflow(data_offset, data_bytes, &file_bytes_)) {
    throw Error(fmt::format("{}: the sizes of the tensors to write overflow", file_.name()));
  }
  // What this program writes it must be able to read: the reader's own rules judge the header
  // (names, ranks, counts, the same name twice).
  tensors_ = parse_safetensors_header(text, data_offset, data_bytes, file_.name()).tensors;
  for (std::size_t i = 0; i < tensors_.size(); ++i) index_.emplace(tensors_[i].name, i);
  written_.resize(tensors_.size());

  file_.reserve(file_bytes_);
  file_.write(&length, 0,
              sizeof(length));  // little endian: safetensors.cpp asserts the host's order
  file_.write(text.data(), sizeof(length), length);
}

void SafetensorsWriter::append(std::string_view name, const void* data, std::uint64_t bytes) {
  const auto found = index_.find(std::string(name));
  if (found == index_.end()) {
    throw Error(fmt::format("{}: tensor \"{}\" was not declared", file_.name(), printable(name)));
  }
  const StoredTensor& tensor = tensors_[found->second];
  std::uint64_t& written = written_[found->second];
  if (bytes > tensor.bytes - written) {
    throw Error(fmt::format("{}: tensor \"{}\" {} has {} bytes; {} came after {} already written",
                            file_.name(), printable(name), shape_text(tensor.shape), tensor.bytes,
                            bytes, written));
  }
  file_.write(data, tensor.offset + written, bytes);
  written += bytes;
}

void SafetensorsWriter::finish() {
  for (std::size_t i = 0; i < tensors_.size(); ++i) {
    if (written_[i] != tensors_[i].bytes) {
      throw Error(fmt::format("{}: tensor \"{}\" got {} of its {} bytes", file_.name(),
                              printable(tensors_[i].name), written_[i], tensors_[i].bytes));
    }
  }
  file_.close();
}

}  // namespace zerocl
