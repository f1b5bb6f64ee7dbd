#pragma once

#include <cstdint>
#include <vector>

namespace zerocl {

// Hands out blocks of KEY_BLOCK keys of the key/value cache. The lowest free block first, so that
// the cache stays as small as the sequences in it.
class CacheBlocks {
 public:
  std::int32_t take() {
    for (std::size_t i = 0; i < used_.size(); ++i)
      if (!used_[i]) {
        used_[i] = true;
        return static_cast<std::int32_t>(i);
      }
    used_.push_back(true);
    return static_cast<std::int32_t>(used_.size()) - 1;
  }
  void give_back(const std::vector<std::int32_t>& blocks) {
    for (std::int32_t block : blocks) used_[static_cast<std::size_t>(block)] = false;
  }

 private:
  std::vector<bool> used_;
};

}  // namespace zerocl
