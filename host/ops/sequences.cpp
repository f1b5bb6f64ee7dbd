#include "host/ops/sequences.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>

#include "cl_kernels/abi/kv_cache.h"
#include "host/error.h"

namespace zerocl::ops {
namespace {

constexpr std::int64_t kIntMax = std::numeric_limits<std::int32_t>::max();

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

// Tiles of a sequence: they end where absolute positions are multiples of `tile_rows`.
std::int64_t tiles_of(const SequenceInput& input, std::int64_t tile_rows) {
  return (input.position + input.length + tile_rows - 1) / tile_rows - input.position / tile_rows;
}

// Writes a sequence's tiles and returns the rest of `to`.
std::span<std::int32_t> write_tiles(std::span<std::int32_t> to, std::int32_t sequence,
                                    const SequenceInput& input, std::int64_t tile_rows) {
  std::size_t at = 0;
  std::int64_t row = 0;
  std::int64_t next = tile_rows - input.position % tile_rows;  // where the tile after it begins
  for (; row < input.length; row = next, next += tile_rows) {
    to[at++] = sequence;
    to[at++] = static_cast<std::int32_t>(row);
  }
  return to.subspan(at);
}

struct TileTable {
  Sequences::Tiles Sequences::*tiles;
  std::int64_t rows;  // of a tile
};
constexpr std::array<TileTable, 3> kTileTables = {{{&Sequences::cpu_tiles, ATTENTION_ROWS_CPU},
                                                   {&Sequences::gpu_tiles, ATTENTION_ROWS_GPU},
                                                   {&Sequences::mma_tiles, ATTENTION_MMA_ROWS}}};

}  // namespace

Sequences make_sequences(Queue& queue, std::span<const SequenceInput> inputs, WordUpload& upload) {
  upload.clear(queue);
  SequenceUpload sequences(inputs, upload);
  upload.send(queue);
  queue.finish();
  return std::move(sequences).placed(upload);
}

// Entries, the sequence of each row, blocks, and the tables of tiles.
SequenceUpload::SequenceUpload(std::span<const SequenceInput> inputs, WordUpload& upload) {
  Sequences& out = sequences_;
  std::size_t blocks = 0;
  bool all_have_blocks = true;
  for (std::size_t s = 0; s < inputs.size(); ++s) {
    const SequenceInput& input = inputs[s];
    check(input, s, out.rows);
    out.host.push_back({static_cast<abi_int>(out.rows), static_cast<abi_int>(input.length),
                        static_cast<abi_int>(input.position), static_cast<abi_int>(blocks)});
    blocks += input.blocks.size();
    for (const std::int32_t block : input.blocks)
      out.block_limit = std::max(out.block_limit, block + 1);
    all_have_blocks = all_have_blocks && !input.blocks.empty();
    for (const TileTable& table : kTileTables)
      (out.*table.tiles).count += tiles_of(input, table.rows);
    out.rows += input.length;
  }
  if (!all_have_blocks) out.block_limit = 0;

  first_ = upload.reserve(inputs.size() * sizeof(sequence_entry) / sizeof(std::int32_t));
  upload.reserve(static_cast<std::size_t>(out.rows));
  upload.reserve(blocks);
  for (const TileTable& table : kTileTables)
    upload.reserve(2 * static_cast<std::size_t>((out.*table.tiles).count));
  std::span<std::int32_t> entries = upload.words(first_);
  std::span<std::int32_t> row_sequence = upload.words(first_ + 1);
  std::span<std::int32_t> block_table = upload.words(first_ + 2);
  std::array<std::span<std::int32_t>, kTileTables.size()> tiles;
  for (std::size_t i = 0; i < tiles.size(); ++i) tiles[i] = upload.words(first_ + 3 + i);
  for (std::size_t s = 0; s < inputs.size(); ++s) {
    const SequenceInput& input = inputs[s];
    const auto index = static_cast<std::int32_t>(s);
    const sequence_entry& entry = out.host[s];
    const std::array<std::int32_t, 4> words = {entry.row, entry.length, entry.position,
                                               entry.blocks};
    static_assert(sizeof words == sizeof entry);
    std::copy(words.begin(), words.end(), entries.begin());
    entries = entries.subspan(words.size());
    std::copy(input.blocks.begin(), input.blocks.end(), block_table.begin() + entry.blocks);
    std::fill_n(row_sequence.begin() + entry.row, entry.length, index);
    for (std::size_t i = 0; i < tiles.size(); ++i)
      tiles[i] = write_tiles(tiles[i], index, input, kTileTables[i].rows);
  }
}

Sequences SequenceUpload::placed(const WordUpload& upload) && {
  if (sequences_.rows > 0) {
    sequences_.entries = upload.part(first_);
    sequences_.row_sequence = upload.part(first_ + 1);
    sequences_.block_table = upload.part(first_ + 2);
    for (std::size_t i = 0; i < kTileTables.size(); ++i)
      (sequences_.*kTileTables[i].tiles).table = upload.part(first_ + 3 + i);
  }
  return std::move(sequences_);
}

}  // namespace zerocl::ops
