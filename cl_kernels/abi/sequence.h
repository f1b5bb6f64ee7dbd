// The sequence table that stands beside packed rows: how attention finds a row's keys.
#pragma once

#include "abi/types.h"

// One sequence of a batch. Its rows are [row, row + length) of the packed matrices; `position` tokens
// of it were stored by earlier calls, so row r holds absolute position `position + (r - row)`. Its keys
// lie in cache blocks block_table[blocks + p / KEY_BLOCK], slot p % KEY_BLOCK, p the absolute position.
struct sequence_entry {
  abi_int row;       // first row in the packed batch
  abi_int length;    // rows of this call
  abi_int position;  // tokens already in the cache
  abi_int blocks;    // first entry in the block table
};
ABI_ASSERT_SIZE(sequence_entry, 16);
