#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/checkpoint/safetensors.h"
#include "engine/checkpoint/stored_type.h"

namespace zerocl {

// The tensors of a model by name, over all its files. A view: copies are cheap and share the open
// files. Reading is safe from several threads at once.
//
// Names are looked up as they are and with each prefix in front: the same family is stored with and
// without "bert.", depending on the class that saved it. A name that both forms fulfil is an error.
class Checkpoint {
 public:
  // Throws Error if two files hold a tensor of the same name.
  explicit Checkpoint(std::vector<SafetensorsFile> files, std::vector<std::string> prefixes = {});

  // The same tensors with other prefixes, e.g. {"bert."}.
  Checkpoint with_prefixes(std::vector<std::string> prefixes) const;

  // All names as they are stored, sorted; and the files they are in.
  std::vector<std::string> names() const;
  std::span<const SafetensorsFile> files() const;

  // The tensor, its stored name included, or nullptr. Valid as long as any copy of this object.
  const StoredTensor* find(std::string_view name) const;
  bool has(std::string_view name) const { return find(name) != nullptr; }

  // The whole tensor, row-major, as float32; F32, F16 and BF16 are converted exactly. Throws Error
  // naming file, tensor, and expected and found shape or type.
  std::vector<float> read_f32(std::string_view name, const Shape& shape) const;
  // Rows `first` to `first` + `rows` - 1 (along the first dimension) of a tensor of that shape, for
  // tables that need not be in memory as a whole. `out` has rows * (elements of a row) floats.
  void read_rows_f32(std::string_view name, const Shape& shape, std::int64_t first,
                     std::int64_t rows, std::span<float> out) const;

  // The whole of an I8 tensor of codes; -128, which no quantizer here produces and whose products
  // the overflow proof does not cover (NUMERICS.md 1.1), is refused.
  std::vector<std::int8_t> read_i8(std::string_view name, const Shape& shape) const;
  // The whole of a U8 tensor (packed codes).
  std::vector<std::uint8_t> read_u8(std::string_view name, const Shape& shape) const;
  // The bytes of a tensor of any type.
  std::vector<std::byte> read_raw(std::string_view name) const;

 private:
  struct Files;
  struct Place;

  // find, but throws where there is no such tensor, another shape, or another type.
  Place require(std::string_view name) const;
  Place require(std::string_view name, const Shape& shape) const;
  Place require(std::string_view name, const Shape& shape, StoredType type) const;
  Place find_place(std::string_view name) const;

  std::shared_ptr<const Files> files_;
  std::vector<std::string> prefixes_;
};

}  // namespace zerocl
