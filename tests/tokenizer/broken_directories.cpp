#include "tests/tokenizer/broken_directories.h"

namespace zerocl::test {
namespace {

constexpr const char* kVocab = "[UNK]\n[CLS]\n[SEP]\na\n";
const std::string kVocabJson = R"({"a": 0, "b": 1, "ab": 2})";

}  // namespace

std::vector<BrokenDirectory> broken_directories() {
  const auto bert_with = [](const std::string& file, const std::string& content) {
    return std::vector<std::pair<std::string, std::string>>{{"vocab.txt", kVocab}, {file, content}};
  };
  const auto byte_pair = [](const std::string& vocab, const std::string& merges) {
    return std::vector<std::pair<std::string, std::string>>{{"vocab.json", vocab},
                                                            {"merges.txt", merges}};
  };
  return {
      {"nothing", {}, {"no tokenizer.json", "vocab.txt"}},
      {"sentence_piece", {{"tokenizer.model", "x"}}, {"SentencePiece"}},
      {"half_of_gpt2", {{"vocab.json", kVocabJson}}, {"merges.txt"}},
      {"empty_vocab", {{"vocab.txt", ""}}, {"vocab.txt", "[UNK]"}},
      {"no_cls", {{"vocab.txt", "[UNK]\n[SEP]\n"}}, {"vocab.txt", "[CLS]"}},
      {"vocab_not_utf8", {{"vocab.txt", "[UNK]\n\xFF\n"}}, {"vocab.txt", "UTF-8"}},
      {"config_not_json", bert_with("tokenizer_config.json", "{"), {"tokenizer_config.json"}},
      {"config_no_object", bert_with("tokenizer_config.json", "[]"), {"tokenizer_config.json"}},
      {"config_wrong_type",
       bert_with("tokenizer_config.json", R"({"do_lower_case": 1})"),
       {"tokenizer_config.json", "do_lower_case"}},
      {"config_twice",
       bert_with("tokenizer_config.json", R"({"a": 1, "a": 2})"),
       {"tokenizer_config.json", "\"a\"", "twice"}},
      {"other_class",
       bert_with("tokenizer_config.json", R"({"tokenizer_class": "MPNetTokenizer"})"),
       {"tokenizer_config.json", "MPNet"}},
      {"truncation_side",
       bert_with("tokenizer_config.json", R"({"truncation_side": "up"})"),
       {"tokenizer_config.json", "up"}},
      {"special_type",
       bert_with("special_tokens_map.json", R"({"cls_token": 5})"),
       {"special_tokens_map.json", "cls_token"}},
      {"added_type", bert_with("added_tokens.json", R"({"x": "y"})"), {"added_tokens.json", "x"}},
      {"added_negative", bert_with("added_tokens.json", R"({"x": -4})"), {"added_tokens.json"}},
      {"added_far", bert_with("added_tokens.json", R"({"x": 4000000000})"), {"4000000000"}},
      {"added_empty", bert_with("added_tokens.json", R"({"": 4})"), {"empty"}},
      {"decoder_key",
       bert_with("tokenizer_config.json", R"({"added_tokens_decoder": {"4x": {"content": "x"}}})"),
       {"tokenizer_config.json", "4x"}},
      {"merge_of_three", byte_pair(kVocabJson, "a b c\n"), {"merges.txt", "a b c"}},
      {"merge_of_one", byte_pair(kVocabJson, "a b\n\n"), {"merges.txt", "not two tokens"}},
      {"merge_unknown", byte_pair(kVocabJson, "a c\n"), {"merges.txt", "\"c\""}},
      {"merge_result", byte_pair(kVocabJson, "b a\n"), {"merges.txt", "\"ba\""}},
      {"merges_not_utf8", byte_pair(kVocabJson, "a \xC3\n"), {"merges.txt", "UTF-8"}},
      {"vocab_array", byte_pair("[1]", ""), {"vocab.json"}},
      {"vocab_id_string", byte_pair(R"({"a": "0"})", ""), {"vocab.json", "\"a\""}},
      {"vocab_id_float", byte_pair(R"({"a": 0.5})", ""), {"vocab.json", "0.5"}},
      {"vocab_id_negative", byte_pair(R"({"a": -1})", ""), {"vocab.json", "-1"}},
      {"vocab_id_huge", byte_pair(R"({"a": 2000000000})", ""), {"vocab.json", "2000000000"}},
      {"vocab_id_twice", byte_pair(R"({"a": 1, "b": 1})", ""), {"vocab.json", "\"b\"", "\"a\""}},
      {"vocab_key_twice", byte_pair(R"({"a": 1, "a": 2})", ""), {"vocab.json", "twice"}},
      {"vocab_surrogate", byte_pair(R"({"\ud800": 1})", ""), {"vocab.json"}},
      {"depth_bomb", {{"tokenizer.json", std::string(1000000, '[')}}, {"tokenizer.json", "deep"}},
      {"cut_short", {{"tokenizer.json", R"({"model": {"type")"}}, {"tokenizer.json"}},
      {"empty_json", {{"tokenizer.json", ""}}, {"tokenizer.json"}},
  };
}

}  // namespace zerocl::test
