#include "engine/session/make_batch.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "host/error.h"

namespace zerocl {

void check_tokens(const ModelConfig& config, std::span<const TokenId> ids,
                  std::span<const TokenId> types, std::int64_t position) {
  const auto length = static_cast<std::int64_t>(ids.size());
  if (ids.empty()) throw Error("a sequence without tokens", ErrorKind::usage);
  if (position + length > config.max_tokens())
    throw Error(fmt::format("a sequence of {} tokens: the model has {} positions",
                            position + length, config.max_tokens()));
  for (std::size_t i = 0; i < ids.size(); ++i)
    if (ids[i] < 0 || ids[i] >= config.vocabulary)
      throw Error(fmt::format("token id {} at position {}: the vocabulary has {} entries", ids[i],
                              position + static_cast<std::int64_t>(i), config.vocabulary));
  if (!types.empty() && types.size() != ids.size())
    throw Error(fmt::format("{} token types for {} ids", types.size(), ids.size()),
                ErrorKind::usage);
  const std::int64_t known = std::max<std::int64_t>(config.types, 1);
  for (TokenId type : types)
    if (type < 0 || type >= known)
      throw Error(fmt::format("token type {}: the model has {}", type, known));
}

void append_tokens(const ModelConfig& config, Batch& batch, std::span<const TokenId> ids,
                   std::span<const TokenId> types, std::int64_t position) {
  batch.ids.insert(batch.ids.end(), ids.begin(), ids.end());
  if (config.types > 0) {
    batch.types.insert(batch.types.end(), types.begin(), types.end());
    batch.types.resize(batch.ids.size(), 0);
  }
  // RoBERTa counts only tokens that are not padding, from pad_id + 1 (transformers'
  // create_position_ids_from_input_ids).
  const std::int64_t pad = config.position_pad_id;
  const std::size_t done = batch.positions.size();
  batch.positions.resize(done + ids.size());
  const std::span<std::int32_t> rows = std::span(batch.positions).subspan(done);
  auto next = static_cast<std::int32_t>(position + pad + 1);
  if (pad < 0) return std::iota(rows.begin(), rows.end(), next);
  for (std::size_t i = 0; i < ids.size(); ++i) {
    const bool padding = ids[i] == pad;
    rows[i] = padding ? static_cast<std::int32_t>(pad) : next;
    next += padding ? 0 : 1;
  }
}

}  // namespace zerocl
