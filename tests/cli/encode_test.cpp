#include <gtest/gtest.h>

#include <cmath>
#include <sstream>

#include "tests/cli/program.h"

namespace zerocl::test {
namespace {

using Vectors = std::vector<std::vector<double>>;

double largest_difference(const Vectors& a, const Vectors& b) {
  double worst = a.size() == b.size() ? 0 : INFINITY;
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
    if (a[i].size() != b[i].size()) return INFINITY;
    for (std::size_t k = 0; k < a[i].size(); ++k)
      worst = std::max(worst, std::abs(a[i][k] - b[i][k]));
  }
  return worst;
}

Vectors lines_of(const std::string& text) {
  Vectors vectors;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream numbers(line);
    vectors.emplace_back(std::istream_iterator<double>(numbers), std::istream_iterator<double>());
  }
  return vectors;
}

double length_of(const std::vector<double>& vector) {
  double sum = 0;
  for (const double x : vector) sum += x * x;
  return std::sqrt(sum);
}

class EncodeMiniLm : public testing::Test {
 protected:
  void SetUp() override {
    ZEROCL_NEED(model_);
    golden_ = read_json(model_ / "golden.json");
  }
  Outcome encode(std::vector<std::string> more, const std::string& input = "") {
    more.insert(more.begin(), {"encode", model_.string()});
    return run(more, {.input = input});
  }
  std::filesystem::path model_ = shared("models/minilm-l6");
  nlohmann::json golden_;
};

// sentence-transformers' vectors: mean pooling and unit length, as the model's files say.
TEST_F(EncodeMiniLm, GivesTheVectorsOfSentenceTransformers) {
  std::string sentences;
  for (const std::string sentence : golden_["sentences"]) sentences += sentence + "\n";
  const Outcome outcome = encode({"--file", "-", "--json"}, sentences);
  ASSERT_EQ(outcome.status, 0) << testing::PrintToString(outcome);
  const nlohmann::json json = outcome.json();
  EXPECT_EQ(json["pooling"], "mean");
  EXPECT_EQ(json["normalized"], true);
  EXPECT_LE(
      largest_difference(json["embeddings"].get<Vectors>(), golden_["embeddings"].get<Vectors>()),
      2e-5);
  // The lines of text hold the same floats.
  EXPECT_EQ(lines_of(encode({"--file", "-"}, sentences).out), json["embeddings"].get<Vectors>());
}

TEST_F(EncodeMiniLm, PoolingIsAnOption) {
  const auto vectors = [&](std::vector<std::string> more) {
    more.insert(more.end(), {"--text", "A man is riding a horse.", "--json"});
    return encode(more).json()["embeddings"][0];
  };
  const auto tokens = vectors({"--pooling", "none"}).get<Vectors>();
  EXPECT_EQ(tokens.size(), 9u);  // [CLS] a man is riding a horse . [SEP]
  const auto cls = vectors({"--pooling", "cls", "--no-normalize"}).get<std::vector<double>>();
  EXPECT_EQ(cls, tokens.front());
  const auto mean = vectors({"--pooling", "mean", "--no-normalize"}).get<std::vector<double>>();
  for (std::size_t k = 0; k < mean.size(); ++k) {
    double sum = 0;
    for (const auto& token : tokens) sum += token[k];
    EXPECT_NEAR(mean[k], sum / static_cast<double>(tokens.size()), 1e-6);
  }
  EXPECT_NEAR(length_of(vectors({}).get<std::vector<double>>()), 1, 1e-6);
  EXPECT_NEAR(length_of(vectors({"--pooling", "cls", "--normalize"}).get<std::vector<double>>()), 1,
              1e-6);
}

// Cut at the 256 tokens that sentence_bert_config.json allows.
TEST_F(EncodeMiniLm, LongTextsAreCut) {
  std::string text;
  for (int i = 0; i < 300; ++i) text += "horse ";
  const Outcome outcome = encode({"--text", text, "--pooling", "none", "--json"});
  ASSERT_EQ(outcome.status, 0) << testing::PrintToString(outcome);
  EXPECT_EQ(outcome.json()["embeddings"][0].size(), 256u);
}

TEST_F(EncodeMiniLm, NoTextsNoVectors) {
  EXPECT_EQ(encode({"--file", "-"}).out, "");
  EXPECT_EQ(encode({"--file", "-", "--json"}).json()["embeddings"], nlohmann::json::array());
}

}  // namespace
}  // namespace zerocl::test
