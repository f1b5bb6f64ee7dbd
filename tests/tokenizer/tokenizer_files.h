#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "engine/tokenizer/tokenizer.h"
#include "tests/checkpoint/shared_models.h"
#include "tests/temporary_directory.h"

namespace zerocl::test {

using Ids = std::vector<TokenId>;

inline nlohmann::json read_test_json(const std::filesystem::path& path) {
  return nlohmann::json::parse(read_bytes(path));
}

// A tokenizer from files given by name and content.
inline std::unique_ptr<Tokenizer> tokenizer_of(
    const std::vector<std::pair<std::string, std::string>>& files) {
  const TemporaryDirectory dir;
  for (const auto& [name, content] : files) write_bytes(dir / name, content);
  return load_tokenizer(dir.path());
}

// A small tokenizer.json of each kind, for tests that change one thing in it.
inline nlohmann::json word_piece_json() {
  return nlohmann::json::parse(R"({
    "version": "1.0", "truncation": null, "padding": null, "added_tokens": [],
    "normalizer": {"type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true,
                   "strip_accents": null, "lowercase": true},
    "pre_tokenizer": {"type": "BertPreTokenizer"}, "post_processor": null,
    "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": true},
    "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
              "max_input_chars_per_word": 100,
              "vocab": {"[UNK]": 0, "a": 1, "##b": 2, "ab": 3, "##c": 4, "!": 5, "<x>": 6,
                        "<": 7, ">": 8, "x": 9}}})");
}

inline nlohmann::json byte_pair_json() {
  return nlohmann::json::parse(R"({
    "version": "1.0", "truncation": null, "padding": null, "added_tokens": [],
    "normalizer": null,
    "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true},
    "post_processor": null,
    "decoder": {"type": "ByteLevel", "add_prefix_space": true, "trim_offsets": true},
    "model": {"type": "BPE", "dropout": null, "unk_token": null,
              "continuing_subword_prefix": null, "end_of_word_suffix": null, "fuse_unk": false,
              "vocab": {"a": 0, "b": 1, "ab": 2, "Ġ": 3, "Ġa": 4, "Ã": 5, "©": 6, "abab": 7},
              "merges": [["a", "b"], ["Ġ", "a"], ["ab", "ab"]]}})");
}

inline nlohmann::json added_token_json(int id, const std::string& content) {
  return {{"id", id},        {"content", content},  {"single_word", false}, {"lstrip", false},
          {"rstrip", false}, {"normalized", false}, {"special", true}};
}

inline std::unique_ptr<Tokenizer> tokenizer_of_json(const nlohmann::json& json) {
  return tokenizer_of({{"tokenizer.json", json.dump()}});
}

}  // namespace zerocl::test
