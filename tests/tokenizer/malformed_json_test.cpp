// tokenizer.json with one thing wrong or unsupported each.
#include <random>

#include "tests/checkpoint/expect_error.h"
#include "tests/tokenizer/tokenizer_files.h"

namespace zerocl::test {
namespace {

using Json = nlohmann::json;

struct Change {
  const char* pointer;
  Json value;
  std::vector<std::string> message;
};

void expect_refused(const Json& good, const std::vector<Change>& changes) {
  ASSERT_NO_THROW(tokenizer_of_json(good));
  for (const Change& change : changes) {
    SCOPED_TRACE(std::string(change.pointer) + " = " + change.value.dump());
    Json json = good;
    json[Json::json_pointer(change.pointer)] = change.value;
    std::vector<std::string> message = change.message;
    message.push_back("tokenizer.json");
    expect_error([&] { tokenizer_of_json(json); }, message);
  }
}

TEST(MalformedJson, UnsupportedComponentsAreNamed) {
  expect_refused(
      word_piece_json(),
      {{"/version", "2.0", {"2.0"}},
       {"/model/type", "Unigram", {"model", "Unigram"}},
       {"/model/type", "WordLevel", {"model", "WordLevel"}},
       {"/normalizer", {{"type", "StripAccents"}}, {"normalizer", "StripAccents"}},
       {"/normalizer", {{"type", "Precompiled"}}, {"normalizer", "Precompiled"}},
       {"/normalizer",
        {{"type", "Sequence"}, {"normalizers", {{{"type", "NFC"}}, {{"type", "Strip"}}}}},
        {"normalizer", "Strip"}},
       {"/pre_tokenizer", {{"type", "Whitespace"}}, {"pre_tokenizer", "Whitespace"}},
       {"/pre_tokenizer", {{"type", "Metaspace"}}, {"pre_tokenizer", "Metaspace"}},
       {"/pre_tokenizer",
        {{"type", "Sequence"},
         {"pretokenizers", {{{"type", "BertPreTokenizer"}}, {{"type", "Digits"}}}}},
        {"pre_tokenizer", "Sequence"}},
       {"/pre_tokenizer", byte_pair_json()["pre_tokenizer"], {"WordPiece", "ByteLevel"}},
       {"/post_processor", {{"type", "Mystery"}}, {"post_processor", "Mystery"}},
       {"/decoder", {{"type", "Metaspace"}}, {"decoder", "Metaspace"}}});
}

TEST(MalformedJson, FieldsOfWrongTypesAreNamed) {
  expect_refused(word_piece_json(),
                 {{"/model", Json::array(), {"model"}},
                  {"/model/vocab", Json::array(), {"vocab"}},
                  {"/model/vocab/a", "1", {"vocab"}},
                  {"/model/vocab/a", -1, {"vocab", "-1"}},
                  {"/model/vocab/a", 1.5, {"vocab", "1.5"}},
                  {"/model/vocab/a", 4294967296, {"vocab", "4294967296"}},
                  {"/model/vocab/a", 3, {"\"ab\"", "3"}},
                  {"/model/unk_token", "[NONE]", {"[NONE]"}},
                  {"/model/unk_token", nullptr, {"unk_token"}},
                  {"/model/max_input_chars_per_word", -5, {"max_input_chars_per_word"}},
                  {"/model/continuing_subword_prefix", 5, {"continuing_subword_prefix"}},
                  {"/normalizer", "BertNormalizer", {"normalizer"}},
                  {"/normalizer/type", 4, {"normalizer", "type"}},
                  {"/normalizer/lowercase", nullptr, {"normalizer", "lowercase"}},
                  {"/normalizer/clean_text", "yes", {"normalizer", "clean_text"}},
                  {"/added_tokens", Json::object(), {"added_tokens"}},
                  {"/added_tokens", {5}, {"added_tokens"}},
                  {"/decoder/prefix", 1, {"decoder", "prefix"}}});
}

TEST(MalformedJson, AddedTokens) {
  const auto changed = [](const char* key, const Json& value) {
    Json token = added_token_json(10, "<t>");
    token[key] = value;
    return Json::array({token});
  };
  expect_refused(
      word_piece_json(),
      {{"/added_tokens", changed("id", 11), {"<t>", "11", "10"}},
       {"/added_tokens", changed("id", -1), {"id"}},
       {"/added_tokens", changed("id", "10"), {"id"}},
       {"/added_tokens", changed("content", ""), {"empty"}},
       {"/added_tokens", changed("content", nullptr), {"content"}},
       {"/added_tokens", changed("content", std::string(5000, 'x')), {"longer"}},
       {"/added_tokens", changed("lstrip", 1), {"lstrip"}},
       {"/added_tokens", changed("special", nullptr), {"special"}},
       {"/added_tokens", {added_token_json(10, "<t>"), added_token_json(10, "<u>")}, {"<u>"}}});
}

Json post(const Json& single, const Json& ids) {
  return {{"type", "TemplateProcessing"},
          {"single", single},
          {"pair", Json::array()},
          {"special_tokens", {{"[X]", {{"id", "[X]"}, {"ids", ids}, {"tokens", {"[X]"}}}}}}};
}

TEST(MalformedJson, PostProcessors) {
  const Json text = {{"Sequence", {{"id", "A"}, {"type_id", 0}}}};
  const Json second = {{"Sequence", {{"id", "B"}, {"type_id", 0}}}};
  const Json x = {{"SpecialToken", {{"id", "[X]"}, {"type_id", 0}}}};
  const Json y = {{"SpecialToken", {{"id", "[Y]"}, {"type_id", 0}}}};
  const Json typed = {{"Sequence", {{"id", "A"}, {"type_id", 1e9}}}};
  Json good = word_piece_json();
  good["post_processor"] = post({x, text}, {1});
  EXPECT_EQ(tokenizer_of_json(good)->encode("ab").ids, (Ids{1, 3}));
  expect_refused(good,
                 {{"/post_processor", post({x, text}, {77}), {"77"}},
                  {"/post_processor", post({x, text}, {-1}), {"-1"}},
                  {"/post_processor", post({x, text}, 1), {"ids"}},
                  {"/post_processor", post({x, text}, Ids(100, 1)), {"[X]"}},
                  {"/post_processor", post({y, text}, {1}), {"[Y]"}},
                  {"/post_processor", post(Json::array({second}), {1}), {"\"B\""}},
                  {"/post_processor", post(Json::array({typed}), {1}), {"type_id"}},
                  {"/post_processor", post(Json::array({5}), {1}), {"TemplateProcessing"}},
                  {"/post_processor", post(std::vector<Json>(100, text), {1}), {"too many"}},
                  {"/post_processor", {{"type", "BertProcessing"}, {"sep", {"[SEP]", 1}}}, {"cls"}},
                  {"/post_processor",
                   {{"type", "BertProcessing"}, {"sep", {"[SEP]", 99}}, {"cls", {"[CLS]", 1}}},
                   {"99"}},
                  {"/post_processor",
                   {{"type", "Sequence"},
                    {"processors", {post(Json::array({x}), {1}), post(Json::array({x}), {1})}}},
                   {"several"}}});
}

TEST(MalformedJson, BytePair) {
  expect_refused(byte_pair_json(),
                 {{"/pre_tokenizer", nullptr, {"BPE", "ByteLevel"}},
                  {"/pre_tokenizer/add_prefix_space", nullptr, {"add_prefix_space"}},
                  {"/model/byte_fallback", true, {"byte_fallback"}},
                  {"/model/dropout", 0.1, {"dropout"}},
                  {"/model/continuing_subword_prefix", "##", {"continuing_subword_prefix"}},
                  {"/model/end_of_word_suffix", "</w>", {"end_of_word_suffix"}},
                  {"/model/unk_token", "<unk>", {"<unk>"}},
                  {"/model/merges", nullptr, {"merges"}},
                  {"/model/merges/0", 5, {"merge"}},
                  {"/model/merges/0", {"a"}, {"merge"}},
                  {"/model/merges/0", "a b b", {"a b b"}},
                  {"/model/merges/0", {"a", "z"}, {"\"z\""}},
                  {"/model/merges/0", {"b", "a"}, {"\"ba\""}}});
}

// Bytes of a good file changed at random: an Error or a tokenizer that encodes, nothing worse.
TEST(MalformedJson, RandomDamage) {
  std::mt19937 random(5);
  std::size_t refused = 0;
  for (int trial = 0; trial < 3000; ++trial) {
    std::string text = (trial % 2 ? word_piece_json() : byte_pair_json()).dump();
    for (unsigned change = 0; change <= random() % 3; ++change) {
      text[random() % text.size()] = static_cast<char>(32 + random() % 95);
    }
    try {
      const auto tokenizer = tokenizer_of({{"tokenizer.json", text}});
      const Encoding encoding = tokenizer->encode_pair("ab a! <x>", "\u00E9", true, 10);
      EXPECT_EQ(encoding.ids.size(), encoding.types.size());
      tokenizer->decode(encoding.ids, false);
    } catch (const Error&) {
      ++refused;
    }
  }
  EXPECT_GT(refused, 1000u);
  EXPECT_LT(refused, 3000u);
}

}  // namespace
}  // namespace zerocl::test
