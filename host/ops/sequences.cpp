#include "host/ops/sequences.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>
#include <vector>

#include "cl_kernels/abi/kv_cache.h"
#include "host/error.h"

namespace zerocl::ops {
namespace {

constexpr std::int64_t kIntMax = std::numeric_limits<std::int32_t>::max();

// The tables as they go to the device: 32-bit words.
struct Tables {
  std::vector<std::int32_t> entries, row_sequence, blocks, cpu_tiles, gpu_tiles, mma_tiles;

  std::array<const std::vector<std::int32_t>*, 6> all() const {
    return {&entries, &row_sequence, &blocks, &cpu_tiles, &gpu_tiles, &mma_tiles};
  }
};

void check(const SequenceInput& input, std::size_t index, std::int64_t rows) {
  const auto fail = [&](std::string_view what) {
    throw Error(fmt::format("sequence {} (length {}, position {}, {} blocks): {}", index,
                            input.length, input.position, input.blocks.size(), what));
  };
  if (input.length < 1 || input.position < 0) fail("needs a row and a position of at least 0");
  // Room for a tile to be rounded up.
  if (input.length > kIntMax - rows || input.position > kIntMax - KEY_BLOCK - input.length)
    fail("too long");
  const std::int64_t keys = input.position + input.length;
  const auto blocks = static_cast<std::int64_t>(input.blocks.size());
  if (blocks != 0 && blocks < (keys + KEY_BLOCK - 1) / KEY_BLOCK) fail("too few blocks");
  for (const std::int32_t block : input.blocks)
    if (block < 0 || block == std::numeric_limits<std::int32_t>::max()) fail("invalid block");
}

void add_tiles(std::vector<std::int32_t>& tiles, std::int32_t sequence, const SequenceInput& input,
               std::int64_t tile_rows) {
  for (std::int64_t row = 0; row < input.length;
       row += tile_rows - (input.position + row) % tile_rows)
    tiles.insert(tiles.end(), {sequence, static_cast<std::int32_t>(row)});
}

// Rows, entries and limits go to `out`.
Tables tables_of(std::span<const SequenceInput> inputs, Sequences& out) {
  Tables tables;
  bool all_have_blocks = true;
  for (std::size_t s = 0; s < inputs.size(); ++s) {
    const SequenceInput& input = inputs[s];
    check(input, s, out.rows);
    const auto index = static_cast<std::int32_t>(s);
    const sequence_entry entry{static_cast<abi_int>(out.rows), static_cast<abi_int>(input.length),
                               static_cast<abi_int>(input.position),
                               static_cast<abi_int>(tables.blocks.size())};
    out.host.push_back(entry);
    tables.entries.insert(tables.entries.end(),
                          {entry.row, entry.length, entry.position, entry.blocks});
    tables.row_sequence.insert(tables.row_sequence.end(), static_cast<std::size_t>(input.length),
                               index);
    tables.blocks.insert(tables.blocks.end(), input.blocks.begin(), input.blocks.end());
    for (const std::int32_t block : input.blocks)
      out.block_limit = std::max(out.block_limit, block + 1);
    all_have_blocks = all_have_blocks && !input.blocks.empty();
    add_tiles(tables.cpu_tiles, index, input, ATTENTION_ROWS_CPU);
    add_tiles(tables.gpu_tiles, index, input, ATTENTION_ROWS_GPU);
    add_tiles(tables.mma_tiles, index, input, ATTENTION_MMA_ROWS);
    out.rows += input.length;
  }
  if (!all_have_blocks) out.block_limit = 0;
  out.cpu_tiles.count = static_cast<std::int64_t>(tables.cpu_tiles.size() / 2);
  out.gpu_tiles.count = static_cast<std::int64_t>(tables.gpu_tiles.size() / 2);
  out.mma_tiles.count = static_cast<std::int64_t>(tables.mma_tiles.size() / 2);
  return tables;
}

// The parts are those of Tables::all(), each of so many words.
void place(Sequences& out, const std::array<BufferView, 6>& parts) {
  out.entries = parts[0];
  out.row_sequence = parts[1];
  out.block_table = parts[2];
  out.cpu_tiles.table = parts[3];
  out.gpu_tiles.table = parts[4];
  out.mma_tiles.table = parts[5];
}

}  // namespace

Sequences make_sequences(Queue& queue, std::span<const SequenceInput> inputs, WordUpload& upload) {
  upload.clear();
  SequenceUpload sequences(inputs, upload);
  upload.send(queue);
  queue.finish();
  return std::move(sequences).placed(upload);
}

SequenceUpload::SequenceUpload(std::span<const SequenceInput> inputs, WordUpload& upload) {
  const Tables tables = tables_of(inputs, sequences_);
  first_ = upload.add(tables.entries);
  for (const auto* table : tables.all())
    if (table != &tables.entries) upload.add(*table);
}

Sequences SequenceUpload::placed(const WordUpload& upload) && {
  if (sequences_.rows > 0)
    place(sequences_, {upload.part(first_), upload.part(first_ + 1), upload.part(first_ + 2),
                       upload.part(first_ + 3), upload.part(first_ + 4), upload.part(first_ + 5)});
  return std::move(sequences_);
}

}  // namespace zerocl::ops
