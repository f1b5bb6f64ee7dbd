#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "host/buffer.h"
#include "host/queue.h"

namespace zerocl::ops {

// Arrays of 32-bit words that go to the device by one copy, which the host does not wait for: a
// blocking copy costs 9 us on NVIDIA, one of each array a few more. The device waits for all that
// the host does before, so words are written once, where the copy takes them from.
class WordUpload {
 public:
  // Begins anew. What was sent before must have arrived and been used: a blocking copy or
  // Queue::finish() has returned since.
  void clear(const Queue& queue);
  // A part of `count` words, to be written before send(): its number.
  std::size_t reserve(std::size_t count);
  std::size_t add(std::span<const std::int32_t> words);
  // The words of a part, until the next part is reserved.
  std::span<std::int32_t> words(std::size_t part);
  // Enqueues the copy. An empty part becomes one word.
  void send(Queue& queue);
  // Where a part lies until the next clear(), once it was sent.
  BufferView part(std::size_t i) const { return views_.at(i); }

 private:
  struct Part {
    std::size_t offset, count;  // words
    bool operator==(const Part&) const = default;
  };

  std::size_t alignment_ = 1;  // words: where a sub-buffer may begin
  std::size_t end_ = 0;        // words of staging_ that parts take
  std::vector<std::int32_t> staging_;
  std::vector<Part> parts_, placed_;  // placed_: those of views_, which batches alike keep
  std::vector<Buffer> views_;
  Buffer memory_;
};

}  // namespace zerocl::ops
