#include "engine/checkpoint/checkpoint.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <unordered_map>
#include <utility>

#include "engine/checkpoint/half.h"
#include "engine/checkpoint/printable.h"
#include "host/error.h"

namespace zerocl {

struct Checkpoint::Place {
  const SafetensorsFile* file = nullptr;
  const StoredTensor* tensor = nullptr;

  [[noreturn]] void fail(const std::string& message) const {
    throw Error(
        fmt::format("{}: tensor \"{}\" {}", file->name(), printable(tensor->name), message));
  }
};

struct Checkpoint::Files {
  std::vector<SafetensorsFile> files;
  std::unordered_map<std::string, Place> index;
};

namespace {

// Elements that are converted at a time: 32 KiB of halfs, so that a tensor is not in memory twice.
constexpr std::uint64_t kChunk = 16384;

template <float (*convert)(std::uint16_t)>
void read_halfs(const SafetensorsFile& file, const StoredTensor& tensor, std::uint64_t first,
                std::span<float> out) {
  std::array<std::uint16_t, kChunk> chunk{};
  for (std::uint64_t done = 0; done < out.size(); done += kChunk) {
    const std::uint64_t count = std::min<std::uint64_t>(kChunk, out.size() - done);
    file.read(tensor, chunk.data(), (first + done) * 2, count * 2);
    for (std::uint64_t i = 0; i < count; ++i) out[done + i] = convert(chunk[i]);
  }
}

// Elements first to first + out.size() - 1; false where the type is none that float32 holds
// exactly.
bool read_floats(const SafetensorsFile& file, const StoredTensor& tensor, std::uint64_t first,
                 std::span<float> out) {
  switch (tensor.type) {
    case StoredType::f32:
      file.read(tensor, out.data(), first * 4, out.size_bytes());
      return true;
    case StoredType::f16:
      read_halfs<f16_to_f32>(file, tensor, first, out);
      return true;
    case StoredType::bf16:
      read_halfs<bf16_to_f32>(file, tensor, first, out);
      return true;
    default:
      return false;
  }
}

std::string not_a_float(const StoredTensor& tensor) {
  return fmt::format("has type {}; F32, F16 or BF16 is needed", stored_type_name(tensor.type));
}

}  // namespace

Checkpoint::Checkpoint(std::vector<SafetensorsFile> files, std::vector<std::string> prefixes)
    : prefixes_(std::move(prefixes)) {
  auto shared = std::make_shared<Files>();
  shared->files = std::move(files);
  for (const SafetensorsFile& file : shared->files) {
    for (const StoredTensor& tensor : file.tensors()) {
      const auto [other, added] = shared->index.emplace(tensor.name, Place{&file, &tensor});
      if (!added) {
        throw Error(fmt::format("{}: tensor \"{}\" stands in {} as well", file.name(),
                                printable(tensor.name), other->second.file->name()));
      }
    }
  }
  files_ = std::move(shared);
}

Checkpoint Checkpoint::with_prefixes(std::vector<std::string> prefixes) const {
  Checkpoint copy = *this;
  copy.prefixes_ = std::move(prefixes);
  return copy;
}

std::vector<std::string> Checkpoint::names() const {
  std::vector<std::string> out;
  out.reserve(files_->index.size());
  for (const auto& entry : files_->index) out.push_back(entry.first);
  std::sort(out.begin(), out.end());
  return out;
}

std::span<const SafetensorsFile> Checkpoint::files() const {
  return files_->files;
}

Checkpoint::Place Checkpoint::find_place(std::string_view name) const {
  Place found;
  const auto look = [&](const std::string& full) {
    const auto entry = files_->index.find(full);
    if (entry == files_->index.end()) return;
    if (found.tensor != nullptr) {
      found.fail(fmt::format("and \"{}\" both stand for \"{}\"", printable(full), printable(name)));
    }
    found = entry->second;
  };
  look(std::string(name));
  for (const std::string& prefix : prefixes_) look(prefix + std::string(name));
  return found;
}

const StoredTensor* Checkpoint::find(std::string_view name) const {
  return find_place(name).tensor;
}

Checkpoint::Place Checkpoint::require(std::string_view name) const {
  const Place place = find_place(name);
  if (place.tensor == nullptr) {
    const std::string where = files_->files.empty() ? "the model"
                              : files_->files.size() == 1
                                  ? files_->files.front().name()
                                  : files_->files.front().name() + " and the other shards";
    std::string with;
    for (const std::string& prefix : prefixes_)
      with += fmt::format(", nor \"{}{}\"", prefix, printable(name));
    throw Error(fmt::format("{}: has no tensor \"{}\"{}", where, printable(name), with));
  }
  return place;
}

Checkpoint::Place Checkpoint::require(std::string_view name, const Shape& shape) const {
  const Place place = require(name);
  if (place.tensor->shape != shape) {
    place.fail(fmt::format("has shape {}, expected {}", shape_text(place.tensor->shape),
                           shape_text(shape)));
  }
  return place;
}

Checkpoint::Place Checkpoint::require(std::string_view name, const Shape& shape,
                                      StoredType type) const {
  const Place place = require(name, shape);
  if (place.tensor->type != type) {
    place.fail(fmt::format("has type {}, expected {}", stored_type_name(place.tensor->type),
                           stored_type_name(type)));
  }
  return place;
}

std::vector<float> Checkpoint::read_f32(std::string_view name, const Shape& shape) const {
  const Place place = require(name, shape);
  const auto bytes_each = static_cast<std::uint64_t>(stored_type_bytes(place.tensor->type));
  // At most twice the tensor's bytes in the file, which exist: no lie in a header can ask for more.
  if (bytes_each != 2 && bytes_each != 4) place.fail(not_a_float(*place.tensor));
  std::vector<float> out(static_cast<std::size_t>(place.tensor->bytes / bytes_each));
  if (!read_floats(*place.file, *place.tensor, 0, out)) place.fail(not_a_float(*place.tensor));
  return out;
}

void Checkpoint::read_rows_f32(std::string_view name, const Shape& shape, std::int64_t first,
                               std::int64_t rows, std::span<float> out) const {
  const Place place = require(name, shape);
  if (shape.empty() || first < 0 || rows < 0 || first > shape[0] || rows > shape[0] - first) {
    place.fail(fmt::format("{} has no rows {} to {}", shape_text(shape), first, first + rows));
  }
  // No overflow: the header's check multiplied the dimensions (0 rows: nothing is read).
  const std::uint64_t elements = element_count(shape).value_or(0);
  const std::uint64_t row = shape[0] == 0 ? 0 : elements / static_cast<std::uint64_t>(shape[0]);
  if (out.size() != row * static_cast<std::uint64_t>(rows)) {
    place.fail(fmt::format("{}: {} rows have {} elements, there is room for {}", shape_text(shape),
                           rows, row * static_cast<std::uint64_t>(rows), out.size()));
  }
  if (!read_floats(*place.file, *place.tensor, row * static_cast<std::uint64_t>(first), out)) {
    place.fail(not_a_float(*place.tensor));
  }
}

std::vector<std::int8_t> Checkpoint::read_i8(std::string_view name, const Shape& shape) const {
  const Place place = require(name, shape, StoredType::i8);
  std::vector<std::int8_t> out(static_cast<std::size_t>(place.tensor->bytes));
  place.file->read(*place.tensor, out.data(), 0, out.size());
  const auto bad = std::find(out.begin(), out.end(), std::int8_t{-128});
  if (bad != out.end()) {
    place.fail(fmt::format("holds the code -128 at element {}; codes lie in [-127, 127]",
                           bad - out.begin()));
  }
  return out;
}

std::vector<std::uint8_t> Checkpoint::read_u8(std::string_view name, const Shape& shape) const {
  const Place place = require(name, shape, StoredType::u8);
  std::vector<std::uint8_t> out(static_cast<std::size_t>(place.tensor->bytes));
  place.file->read(*place.tensor, out.data(), 0, out.size());
  return out;
}

std::vector<std::byte> Checkpoint::read_raw(std::string_view name) const {
  const Place place = require(name);
  std::vector<std::byte> out(static_cast<std::size_t>(place.tensor->bytes));
  place.file->read(*place.tensor, out.data(), 0, out.size());
  return out;
}

}  // namespace zerocl
