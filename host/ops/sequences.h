#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "host/ops/types.h"  // Sequences
#include "host/ops/word_upload.h"
#include "host/queue.h"

namespace zerocl::ops {

// One sequence of a batch as the engine knows it.
struct SequenceInput {
  std::int64_t length = 0;               // rows of this call, at least one
  std::int64_t position = 0;             // tokens of it that are in the cache already
  std::span<const std::int32_t> blocks;  // cache blocks in order; none where nothing attends
};

// The sequence table of a batch as parts of an upload. Where they lie is known when that has been
// sent: `placed`. Rows are packed in the order of `inputs`. Throws Error for a sequence without
// rows, negative positions or blocks, and blocks that are too few for position + length keys.
class SequenceUpload {
 public:
  SequenceUpload(std::span<const SequenceInput> inputs, WordUpload& upload);
  Sequences placed(const WordUpload& upload) &&;

 private:
  Sequences sequences_;
  std::size_t first_ = 0;  // of its parts
};

// A batch's table alone, which has arrived. The result refers to `upload` until its next clear().
Sequences make_sequences(Queue& queue, std::span<const SequenceInput> inputs, WordUpload& upload);

}  // namespace zerocl::ops
