#pragma once

#include <nlohmann/json.hpp>

#include "engine/tokenizer/pipeline.h"

// The components of tokenizer.json. Each function takes the component's value (null: absent) and
// throws Error for one that is malformed or not implemented exactly.
namespace zerocl {

Normalizer read_normalizer(const nlohmann::json& json);

struct PreTokenizer {
  enum class Kind { none, bert, byte_level };
  Kind kind = Kind::none;
  bool add_prefix_space = false;  // byte_level
  bool use_regex = true;          // byte_level
};
PreTokenizer read_pre_tokenizer(const nlohmann::json& json);

// id_limit: ids of special tokens must be less.
Template read_post_processor(const nlohmann::json& json, std::size_t id_limit);

TokenDecoder read_decoder(const nlohmann::json& json);

}  // namespace zerocl
