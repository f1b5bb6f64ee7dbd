#pragma once

#include <string_view>
#include <vector>

#include "engine/tokenizer/tokenizer.h"

namespace zerocl {

// Pre-tokenizer and model together: ids of a piece of normalized text without added tokens.
class PieceModel {
 public:
  virtual ~PieceModel() = default;
  // piece: valid UTF-8, not empty. Appends to ids.
  virtual void encode(std::string_view piece, std::vector<TokenId>& ids) const = 0;
};

}  // namespace zerocl
