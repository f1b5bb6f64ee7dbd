#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>

#include "engine/tokenizer/pipeline.h"

namespace zerocl {

// A tokenizer from the content of tokenizer.json; the roles of its special tokens are left open.
// Throws Error for malformed content and for components that are not implemented exactly.
TokenizerParts read_tokenizer_json(const nlohmann::json& json);

// Splits "left right" (a merge of merges.txt or of an old tokenizer.json); Error if it is not two
// tokens with one space between them.
std::pair<std::string, std::string> split_merge(std::string_view merge);

}  // namespace zerocl
