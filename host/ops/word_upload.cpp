#include "host/ops/word_upload.h"

#include <algorithm>
#include <span>
#include <utility>

namespace zerocl::ops {

std::size_t WordUpload::add(std::vector<std::int32_t> words) {
  parts_.push_back(std::move(words));
  return parts_.size() - 1;
}

void WordUpload::send(Queue& queue) {
  // Each part where a sub-buffer may begin.
  const std::size_t alignment = std::max<std::size_t>(queue.facts().mem_base_align_bytes, 4);
  std::vector<std::size_t> sizes, offsets;
  std::size_t bytes = 0;
  for (const std::vector<std::int32_t>& part : parts_) {
    offsets.push_back(aligned(bytes, alignment));
    sizes.push_back(std::max<std::size_t>(part.size(), 1));
    bytes = offsets.back() + sizes.back() * sizeof(std::int32_t);
  }
  if (bytes == 0) return;
  const bool small = memory_.bytes() < bytes;
  if (small || sizes != sizes_) {
    views_.clear();
    sizes_.clear();  // stays so if what follows throws
    if (small) memory_ = Buffer(*queue.context(), 2 * bytes);
    for (std::size_t i = 0; i < sizes.size(); ++i)
      views_.push_back(memory_.sub_buffer(offsets[i], sizes[i] * sizeof(std::int32_t)));
    sizes_ = std::move(sizes);
  }
  staging_.assign(bytes / sizeof(std::int32_t), 0);
  for (std::size_t i = 0; i < parts_.size(); ++i)
    std::copy(parts_[i].begin(), parts_[i].end(),
              staging_.begin() + static_cast<std::ptrdiff_t>(offsets[i] / sizeof(std::int32_t)));
  queue.write_later(memory_, std::as_bytes(std::span(staging_)));
}

}  // namespace zerocl::ops
