#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace zerocl {

// What a sentence-transformers directory says about turning token vectors into a sentence's:
// modules.json lists the steps, 1_Pooling/config.json how vectors are pooled,
// sentence_bert_config.json how texts are cut.
struct SentenceTransformer {
  // "mean", "cls", "max", "mean_sqrt_len", "weightedmean" or "lasttoken"; several, which are then
  // concatenated, are joined by '+'; "none" where there is no pooling module. Users check what they
  // can do.
  std::string pooling = "none";
  bool normalize = false;           // to unit length, after pooling
  std::int64_t max_tokens = 0;      // longest sequence, special tokens included; 0: not said
  bool lower_case = false;          // texts are put in lower case before the tokenizer
  std::vector<std::string> others;  // further modules in order ("Dense", ...): not represented here
  std::vector<std::string> files;   // those read, relative to the directory
};

// Nothing where the directory has no modules.json. Throws Error naming the file at fault; paths of
// modules must be plain names of sub-directories.
std::optional<SentenceTransformer> read_sentence_transformer(
    const std::filesystem::path& directory);

}  // namespace zerocl
