#pragma once

#include <cstdint>
#include <vector>

#include "cl_kernels/abi/layouts.h"   // CODES_*
#include "cl_kernels/abi/sequence.h"  // sequence_entry
#include "host/buffer.h"              // BufferView
#include "host/tensor.h"              // Tensor

namespace zerocl::ops {

// Layout of a matrix of INT8 codes on the device (cl_kernels/abi/layouts.h).
enum class CodesLayout : std::int32_t { i8 = CODES_I8, i16 = CODES_I16, u8 = CODES_U8, tiles = CODES_TILES };

// A quantized matrix on the device: codes [rows, cols] in some layout, rows codes_stride apart,
// and scales f32 [rows, ceil(cols / group)].
struct Codes {
  Tensor codes;
  Tensor scales;
  std::int64_t group = 0;  // elements along a row that share a scale; cols: one scale a row
  CodesLayout layout = CodesLayout::i8;
};

// Codes alone, where their scales are part of the model.
struct CodeMatrix {
  Tensor codes;
  CodesLayout layout = CodesLayout::i8;
};

// The sequence table of a batch on the device, with its host copy.
struct Sequences {
  BufferView entries;       // sequence_entry [S]
  BufferView row_sequence;  // i32 [M]: the sequence that each packed row belongs to
  BufferView block_table;   // i32: cache blocks of all sequences, one after another
  std::vector<sequence_entry> host;
  std::int64_t rows = 0;    // M

  // Attention's work: sequence_tile, the batch cut into tiles of ATTENTION_ROWS_CPU, _GPU or
  // ATTENTION_MMA_ROWS rows.
  struct Tiles {
    BufferView table;
    std::int64_t count = 0;
  };
  Tiles cpu_tiles, gpu_tiles, mma_tiles;
  std::int32_t block_limit = 0;  // every cache block in the table is below; 0: there are none
};

}  // namespace zerocl::ops
