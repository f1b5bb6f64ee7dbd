#include "engine/checkpoint/stored_type.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>

namespace zerocl {
namespace {

struct TypeRow {
  StoredType type;
  const char* name;
  int bytes;
};

constexpr std::array<TypeRow, 16> kTypes{{
    {StoredType::boolean, "BOOL", 1},
    {StoredType::u8, "U8", 1},
    {StoredType::i8, "I8", 1},
    {StoredType::f8_e5m2, "F8_E5M2", 1},
    {StoredType::f8_e4m3, "F8_E4M3", 1},
    {StoredType::f8_e8m0, "F8_E8M0", 1},
    {StoredType::i16, "I16", 2},
    {StoredType::u16, "U16", 2},
    {StoredType::f16, "F16", 2},
    {StoredType::bf16, "BF16", 2},
    {StoredType::i32, "I32", 4},
    {StoredType::u32, "U32", 4},
    {StoredType::f32, "F32", 4},
    {StoredType::f64, "F64", 8},
    {StoredType::i64, "I64", 8},
    {StoredType::u64, "U64", 8},
}};

// The table is in the order of the enumeration.
constexpr bool table_in_order() {
  for (std::size_t i = 0; i < kTypes.size(); ++i) {
    if (static_cast<std::size_t>(kTypes[i].type) != i) return false;
  }
  return true;
}
static_assert(table_in_order());

}  // namespace

const char* stored_type_name(StoredType type) {
  return kTypes[static_cast<std::size_t>(type)].name;
}

int stored_type_bytes(StoredType type) {
  return kTypes[static_cast<std::size_t>(type)].bytes;
}

std::optional<StoredType> parse_stored_type(std::string_view name) {
  for (const TypeRow& row : kTypes) {
    if (name == row.name) return row.type;
  }
  return std::nullopt;
}

std::string shape_text(const Shape& shape) {
  return fmt::format("[{}]", fmt::join(shape, ", "));
}

std::optional<std::uint64_t> element_count(const Shape& shape) {
  std::uint64_t count = 1;
  for (const std::int64_t size : shape) {
    if (size < 0 || __builtin_mul_overflow(count, static_cast<std::uint64_t>(size), &count)) {
      return std::nullopt;
    }
  }
  return count;
}

std::optional<std::uint64_t> byte_count(StoredType type, const Shape& shape) {
  auto bytes = element_count(shape);
  const auto each = static_cast<std::uint64_t>(stored_type_bytes(type));
  if (!bytes || __builtin_mul_overflow(*bytes, each, &*bytes)) return std::nullopt;
  return bytes;
}

}  // namespace zerocl
