#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "host/buffer.h"
#include "host/queue.h"

namespace zerocl::ops {

// Arrays of 32-bit words that go to the device by one copy, which the host does not wait for: a
// blocking copy costs 9 us on NVIDIA, one of each array a few more.
class WordUpload {
 public:
  // Begins anew. What was sent before must have arrived and been used: a blocking copy or
  // Queue::finish() has returned since.
  void clear() { parts_.clear(); }
  std::size_t add(std::vector<std::int32_t> words);  // the part's number
  // Enqueues the copy. An empty part becomes one word.
  void send(Queue& queue);
  // Where a part lies until the next clear(), once it was sent.
  BufferView part(std::size_t i) const { return views_.at(i); }

 private:
  std::vector<std::vector<std::int32_t>> parts_;
  std::vector<std::size_t> sizes_;  // of the views, in words: batches alike keep them
  std::vector<Buffer> views_;
  std::vector<std::int32_t> staging_;
  Buffer memory_;
};

}  // namespace zerocl::ops
