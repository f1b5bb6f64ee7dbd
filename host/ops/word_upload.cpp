#include "host/ops/word_upload.h"

#include <algorithm>

namespace zerocl::ops {

void WordUpload::clear(const Queue& queue) {
  parts_.clear();
  end_ = 0;
  alignment_ = std::max<std::size_t>(queue.facts().mem_base_align_bytes / sizeof(std::int32_t), 1);
}

std::size_t WordUpload::reserve(std::size_t count) {
  const Part part = {aligned(end_, alignment_), std::max<std::size_t>(count, 1)};
  end_ = part.offset + part.count;
  if (staging_.size() < end_) staging_.resize(std::max(end_, 2 * staging_.size()));
  parts_.push_back(part);
  return parts_.size() - 1;
}

std::size_t WordUpload::add(std::span<const std::int32_t> words) {
  const std::size_t part = reserve(words.size());
  std::copy(words.begin(), words.end(), this->words(part).begin());
  return part;
}

std::span<std::int32_t> WordUpload::words(std::size_t part) {
  const Part& at = parts_.at(part);
  return std::span(staging_).subspan(at.offset, at.count);
}

void WordUpload::send(Queue& queue) {
  if (parts_.empty()) return;
  const std::size_t bytes = end_ * sizeof(std::int32_t);
  const bool small = memory_.bytes() < bytes;
  if (small || parts_ != placed_) {
    views_.clear();
    placed_.clear();  // stays so if what follows throws
    if (small) memory_ = Buffer(*queue.context(), 2 * bytes);
    for (const Part& part : parts_)
      views_.push_back(memory_.sub_buffer(part.offset * sizeof(std::int32_t),
                                          part.count * sizeof(std::int32_t)));
    placed_ = parts_;
  }
  queue.write_later(memory_, std::as_bytes(std::span(staging_).first(end_)));
}

}  // namespace zerocl::ops
