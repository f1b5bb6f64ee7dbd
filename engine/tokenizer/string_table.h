#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace zerocl {

// Byte strings with a value >= 0 each, for whole-string search. One arena and one open-addressing
// table: several times faster than std::unordered_map, and a lookup allocates nothing.
class StringTable {
 public:
  StringTable() : slots_(64) {}

  // Adds text; a second value for the same text replaces the first. Returns whether text is new.
  // Throws Error when the texts together exceed 4 GiB.
  bool insert(std::string_view text, std::int32_t value);

  // The value, or -1.
  std::int32_t find(std::string_view text) const { return slots_[slot_of(text, hash(text))].value; }

  std::size_t size() const { return size_; }

 private:
  struct Slot {
    std::uint32_t offset = 0;
    std::uint32_t length = 0;
    std::uint32_t hash = 0;
    std::int32_t value = -1;  // -1: free
  };
  static std::uint32_t hash(std::string_view text);
  std::size_t slot_of(std::string_view text, std::uint32_t hashed) const;
  void grow();

  std::string arena_;
  std::vector<Slot> slots_;  // a power of two, at most half full
  std::size_t size_ = 0;
};

}  // namespace zerocl
