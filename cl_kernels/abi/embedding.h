// Arguments of the operator embedding (NUMERICS.md 3.1).
#pragma once

#include "abi/types.h"

struct embedding_args {
  abi_int rows;           // M, tokens
  abi_int cols;           // K, elements of a table's row
  abi_int word_i8;        // 1: the word table is int8 with one scale a row; 0: f32
  abi_int has_types;      // 1: add the row of the type table
  abi_int type_i8;        // as word_i8
  abi_int has_positions;  // 1: then add the row of the position table
  abi_int position_i8;    // as word_i8
};
ABI_ASSERT_SIZE(embedding_args, 28);
