#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <vector>

#include "engine/tokenizer/added_vocabulary.h"
#include "engine/tokenizer/tokenizer.h"

namespace zerocl {

// The tokens that have a role, as the model directory names them.
struct SpecialTokenNames {
  std::optional<AddedToken> cls, sep, pad, unk, mask, bos, eos;
  std::vector<AddedToken> additional;
  bool mask_has_flags = false;  // the mask token came with lstrip and so on, not as a mere string
};

// From tokenizer_config.json, and special_tokens_map.json for roles which that leaves out. Throws
// Error for fields of wrong types.
SpecialTokenNames read_special_token_names(const std::filesystem::path& model_dir,
                                           const nlohmann::json& tokenizer_config);

// The ids of the named tokens; names without an id are left out.
SpecialTokens special_token_ids(const SpecialTokenNames& names, const AddedVocabulary& added,
                                const Vocabulary& vocabulary);

// Fills roles that nobody named with the added special tokens that usually have them ([CLS], <s>,
// <|endoftext|>, ...).
void fill_conventional_roles(SpecialTokens& special, const AddedVocabulary& added);

}  // namespace zerocl
