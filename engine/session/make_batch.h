#pragma once

#include <cstdint>
#include <span>

#include "engine/graph/batch.h"
#include "engine/models/model_config.h"
#include "engine/tokenizer/tokenizer.h"  // TokenId

namespace zerocl {

// Throws Error if a sequence of `ids` after `position` earlier tokens cannot be run: empty, too
// long, ids or types out of range. `types` is empty or as long as `ids`.
void check_tokens(const ModelConfig& config, std::span<const TokenId> ids,
                  std::span<const TokenId> types, std::int64_t position);

// Appends the rows of one sequence to a batch: ids, types (0 where not given), rows of the position
// table. The caller adds the Batch::Sequence.
void append_tokens(const ModelConfig& config, Batch& batch, std::span<const TokenId> ids,
                   std::span<const TokenId> types, std::int64_t position);

}  // namespace zerocl
