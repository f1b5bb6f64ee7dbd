#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace zerocl {

// Element types of a safetensors file (whole bytes only; FP4 and FP6 are refused).
enum class StoredType {
  boolean,
  u8,
  i8,
  f8_e5m2,
  f8_e4m3,
  f8_e8m0,
  i16,
  u16,
  f16,
  bf16,
  i32,
  u32,
  f32,
  f64,
  i64,
  u64,
};

// "F32" and so on, as the file spells it.
const char* stored_type_name(StoredType type);
std::optional<StoredType> parse_stored_type(std::string_view name);

// Bytes of one element: 1, 2, 4 or 8.
int stored_type_bytes(StoredType type);

// Shapes: every dimension >= 0; an empty shape is a scalar, one element.
using Shape = std::vector<std::int64_t>;

// "[30522, 384]"
std::string shape_text(const Shape& shape);

// Elements and bytes of a shape; nothing where a dimension is negative or a product leaves 64 bits.
std::optional<std::uint64_t> element_count(const Shape& shape);
std::optional<std::uint64_t> byte_count(StoredType type, const Shape& shape);

}  // namespace zerocl
