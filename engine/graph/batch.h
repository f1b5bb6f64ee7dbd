#pragma once

#include <cstdint>
#include <vector>

namespace zerocl {

// One call's work: packed rows of tokens and the sequences that they belong to.
struct Batch {
  struct Sequence {
    std::int64_t id = 0;               // names the sequence's keys and values across calls
    std::int64_t length = 0;           // rows of this call
    std::int64_t position = 0;         // tokens of it in the cache before this call
    std::vector<std::int32_t> blocks;  // cache blocks, enough for position + length keys
  };

  std::vector<std::int32_t> ids;          // [T]
  std::vector<std::int32_t> types;        // [T] or empty
  std::vector<std::int32_t> positions;    // [T] rows of the position table
  std::vector<std::int32_t> output_rows;  // packed rows that the head computes
  std::vector<Sequence> sequences;

  std::int64_t tokens() const { return static_cast<std::int64_t>(ids.size()); }
  // Packed row of each sequence's first token.
  std::vector<std::int32_t> first_rows() const {
    std::vector<std::int32_t> rows;
    std::int64_t row = 0;
    for (const Sequence& sequence : sequences) {
      rows.push_back(static_cast<std::int32_t>(row));
      row += sequence.length;
    }
    return rows;
  }
};

}  // namespace zerocl
