#include "engine/tokenizer/string_table.h"

#include <cstring>
#include <limits>

#include "host/error.h"

namespace zerocl {

std::uint32_t StringTable::hash(std::string_view text) {
  // Eight bytes a round: multiply and fold.
  std::uint64_t state = 0x9E3779B97F4A7C15ull ^ text.size();
  const auto mix = [&](std::uint64_t word) {
    state = (state ^ word) * 0xD6E8FEB86659FD93ull;
    state ^= state >> 32;
  };
  while (text.size() >= 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, text.data(), 8);
    mix(word);
    text.remove_prefix(8);
  }
  std::uint64_t rest = 0;
  for (const char byte : text) rest = rest << 8 | static_cast<unsigned char>(byte);
  mix(rest);
  return static_cast<std::uint32_t>(state ^ state >> 29);
}

std::size_t StringTable::slot_of(std::string_view text, std::uint32_t hashed) const {
  const std::size_t mask = slots_.size() - 1;
  std::size_t slot = hashed & mask;
  for (; slots_[slot].value >= 0; slot = (slot + 1) & mask) {
    const Slot& here = slots_[slot];
    if (here.hash == hashed && here.length == text.size() &&
        std::string_view(arena_).substr(here.offset, here.length) == text) {
      break;
    }
  }
  return slot;
}

void StringTable::grow() {
  std::vector<Slot> old(slots_.size() * 2);
  old.swap(slots_);
  const std::size_t mask = slots_.size() - 1;
  for (const Slot& entry : old) {
    if (entry.value < 0) continue;
    std::size_t slot = entry.hash & mask;
    while (slots_[slot].value >= 0) slot = (slot + 1) & mask;
    slots_[slot] = entry;
  }
}

bool StringTable::insert(std::string_view text, std::int32_t value) {
  if (arena_.size() + text.size() > std::numeric_limits<std::uint32_t>::max()) {
    throw Error("the vocabulary is larger than 4 GiB");
  }
  if ((size_ + 1) * 2 > slots_.size()) grow();
  const std::uint32_t hashed = hash(text);
  Slot& slot = slots_[slot_of(text, hashed)];
  if (slot.value >= 0) {
    slot.value = value;
    return false;
  }
  slot = {static_cast<std::uint32_t>(arena_.size()), static_cast<std::uint32_t>(text.size()),
          hashed, value};
  arena_.append(text);
  ++size_;
  return true;
}

}  // namespace zerocl
