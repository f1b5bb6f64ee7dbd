// Small tokenizers with what Hugging Face answers (data/make_fixtures.py).
#include "tests/tokenizer/tokenizer_files.h"

namespace zerocl::test {
namespace {

class HuggingFaceCases : public ::testing::TestWithParam<const char*> {};

TEST_P(HuggingFaceCases, GiveTheSameIdsTypesAndTexts) {
  const auto dir =
      std::filesystem::path(ZEROCL_SOURCE_DIR) / "tests" / "tokenizer" / "data" / GetParam();
  const auto tokenizer = load_tokenizer(dir);
  const nlohmann::json cases = read_test_json(dir / "cases.json");
  ASSERT_GE(cases.size(), 100u);
  for (const auto& c : cases) {
    const auto text = c.at("text").get<std::string>();
    const auto special = c.at("special").get<bool>();
    const auto max_length = c.at("max_length").get<std::size_t>();
    const Encoding encoding =
        c.contains("pair")
            ? tokenizer->encode_pair(text, c.at("pair").get<std::string>(), special, max_length)
            : tokenizer->encode(text, special, max_length);
    EXPECT_EQ(encoding.ids, c.at("ids").get<Ids>()) << c.dump();
    EXPECT_EQ(encoding.types, c.at("types").get<Ids>()) << c.dump();
    EXPECT_EQ(tokenizer->decode(encoding.ids, false), c.at("decoded").get<std::string>());
    EXPECT_EQ(tokenizer->decode(encoding.ids, true), c.at("decoded_skip").get<std::string>());
  }
}

INSTANTIATE_TEST_SUITE_P(Tokenizers, HuggingFaceCases,
                         ::testing::Values("bert-uncased-files", "bert-cased-files",
                                           "bert-added-json", "bert-sequence-json", "roberta-files",
                                           "byte-level-json"),
                         [](const auto& param_info) {
                           std::string name = param_info.param;
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

}  // namespace
}  // namespace zerocl::test
