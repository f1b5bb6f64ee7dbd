#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "cl_kernels/abi/numerics.h"  // KEY_BLOCK

namespace zerocl {

// Hands out blocks of KEY_BLOCK keys of the key/value cache. The lowest free block first, so that
// the cache stays as small as the sequences in it.
class CacheBlocks {
 public:
  std::int32_t take() {
    while (free_from_ < used_.size() && used_[free_from_]) ++free_from_;
    if (free_from_ == used_.size()) used_.push_back(true);
    used_[free_from_] = true;
    return static_cast<std::int32_t>(free_from_++);
  }
  void give_back(const std::vector<std::int32_t>& blocks) {
    for (std::int32_t block : blocks) {
      const auto at = static_cast<std::size_t>(block);
      used_[at] = false;
      free_from_ = std::min(free_from_, at);
    }
  }

 private:
  std::vector<bool> used_;
  std::size_t free_from_ = 0;  // all blocks before are used
};

// The blocks of one sequence, given back with it, however it ends.
class HeldBlocks {
 public:
  explicit HeldBlocks(CacheBlocks& from) : from_(&from) {}
  HeldBlocks(HeldBlocks&& other) noexcept
      : from_(other.from_), blocks_(std::exchange(other.blocks_, {})) {}
  HeldBlocks& operator=(HeldBlocks&&) = delete;
  ~HeldBlocks() { from_->give_back(blocks_); }

  // Takes blocks until there are enough for `keys` keys.
  void reserve(std::int64_t keys) {
    while (static_cast<std::int64_t>(blocks_.size()) * KEY_BLOCK < keys)
      blocks_.push_back(from_->take());
  }
  const std::vector<std::int32_t>& list() const { return blocks_; }

 private:
  CacheBlocks* from_;
  std::vector<std::int32_t> blocks_;
};

}  // namespace zerocl
