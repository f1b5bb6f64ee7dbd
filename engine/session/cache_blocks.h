#pragma once

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
