#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>

#include "engine/tokenizer/pipeline.h"

// Tokenizers of model directories that have no tokenizer.json. tokenizer_config is the content of
// tokenizer_config.json (an empty object if there is none). Errors name the file.
namespace zerocl {

// vocab.txt, one token a line: BERT.
TokenizerParts read_bert_files(const std::filesystem::path& model_dir,
                               const nlohmann::json& tokenizer_config);

// vocab.json and merges.txt: RoBERTa if the configuration says so and the vocabulary has its
// special tokens, else GPT-2.
TokenizerParts read_byte_pair_files(const std::filesystem::path& model_dir,
                                    const nlohmann::json& tokenizer_config);

}  // namespace zerocl
