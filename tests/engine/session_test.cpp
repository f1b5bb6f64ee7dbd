#include "engine/session/session.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "engine/session/cache_blocks.h"
#include "engine/session/generate.h"
#include "engine/session/text_tasks.h"
#include "host/error.h"
#include "tests/engine/example_models.h"
#include "tests/engine/sequences.h"

namespace zerocl {
namespace {

using testing::expect_same_bits;

std::vector<TokenSequence> mixed_lengths(const Model& model, std::size_t count) {
  std::vector<TokenSequence> batch;
  std::uint32_t state = 7;
  for (std::size_t i = 0; i < count; ++i)
    batch.push_back(testing::random_tokens(1 + (i * 37) % 140, state, model));
  return batch;
}

class SessionScheme : public ::testing::TestWithParam<const char*> {};

TEST_P(SessionScheme, ASequencesBitsDoNotDependOnItsBatch) {
  const testing::ScratchDir dir;
  for (const char* name : {"bert-sst2-5m", "gpt2-novels-4m"}) {
    const auto path = testing::quantized(
        dir, name, {.scheme = GetParam(), .activation_group_size = *GetParam() == 'w' ? 32 : 0});
    const auto model = Model::open(path);
    Session session(model);
    const std::vector<TokenSequence> batch = mixed_lengths(*model, 64);
    const std::vector<Matrix> together = session.forward(batch);
    Session pieces(model, {.max_batch_tokens = 100});
    const std::vector<Matrix> cut = pieces.forward(batch);
    for (std::size_t i = 0; i < batch.size(); i += 5) {
      const std::vector<Matrix> alone = session.forward(std::span(&batch[i], 1));
      expect_same_bits(alone[0], together[i], std::string(name) + " alone");
      expect_same_bits(cut[i], together[i], std::string(name) + " in pieces");
    }
  }
}

TEST_P(SessionScheme, ChunksTokensAndBatchesOfSequencesGiveTheSameLogits) {
  const testing::ScratchDir dir;
  const auto model = Model::open(testing::quantized(dir, "gpt2-novels-4m", {.scheme = GetParam()}));
  Session session(model);
  const std::vector<TokenId> ids = mixed_lengths(*model, 4)[3].ids;  // 112 tokens
  const auto whole = session.open_sequence();
  const Matrix want = session.extend(whole, ids);
  for (std::size_t chunk : {1, 5, 63, 64, 65}) {
    const auto id = session.open_sequence();
    Matrix got;
    for (std::size_t at = 0; at < ids.size(); at += chunk)
      got = session.extend(id, std::span(ids).subspan(at, std::min(chunk, ids.size() - at)));
    expect_same_bits(want, got, "chunks of " + std::to_string(chunk));
    session.close_sequence(id);
  }
  // The same sequence beside another one, in one pass.
  const std::vector<Session::SequenceId> two = {session.open_sequence(), session.open_sequence()};
  const Matrix both = session.extend_batch(two, std::vector<std::vector<TokenId>>{{1, 2, 3}, ids});
  expect_same_bits(want, {1, want.cols, {both.row(1).begin(), both.row(1).end()}},
                   "beside another");
}

// The last layer of the one is computed for first tokens alone, of the other for all.
TEST(Session, ClassTokensAreTheFirstOfTheHiddenStates) {
  const std::pair<const char*, int> forms[] = {{"f32", 0}, {"f16", 0}, {"w8a8", 0}, {"w8a8", 32}};
  for (const auto& [scheme, group] : forms) {
    const testing::ScratchDir dir;
    const auto model = Model::open(testing::quantized(
        dir, "bert-sst2-5m", {.scheme = scheme, .activation_group_size = group}));
    Session session(model);
    const std::vector<TokenSequence> batch = mixed_lengths(*model, 12);
    const std::vector<Matrix> hidden = session.hidden(batch);
    const Matrix first = session.embed(batch, Pooling::cls, /*normalize=*/false);
    ASSERT_EQ(first.rows, 12);
    for (std::int64_t i = 0; i < first.rows; ++i) {
      const Matrix& all = hidden[static_cast<std::size_t>(i)];
      expect_same_bits({1, all.cols, {all.row(0).begin(), all.row(0).end()}},
                       {1, first.cols, {first.row(i).begin(), first.row(i).end()}},
                       std::string(scheme) + " sequence " + std::to_string(i));
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Schemes, SessionScheme, ::testing::Values("f32", "w8a8"));

TEST(Session, GreedyOnTheDeviceIsTheLargestLogit) {
  const auto model = Model::open(testing::example("gpt2-novels-4m"));
  Session session(model);
  const std::vector<TokenId> prompt = model->tokenizer().encode("The ship").ids;
  const auto a = session.open_sequence(), b = session.open_sequence();
  const Matrix logits = session.extend(a, prompt);
  const auto best = std::max_element(logits.values.begin(), logits.values.end());
  EXPECT_EQ(session.extend_greedy(b, prompt), best - logits.values.begin());
}

// A checkpoint that is cut while it is open makes the first run fail, where weights are read.
TEST(Session, AFailedRunLeavesSequencesAsTheyWere) {
  const testing::ScratchDir dir;
  const auto path = dir / "model";
  std::filesystem::copy(testing::example("gpt2-novels-4m"), path);
  const std::vector<std::vector<TokenId>> tokens = {{1, 2, 3}, {4, 5}};
  for (const char* device : {"", "reference"}) {
    Session session(Model::open(path), {.device = device});
    const std::vector<Session::SequenceId> ids = {session.open_sequence(), session.open_sequence()};
    const std::string weights = test::read_bytes(path / "model.safetensors");
    std::filesystem::resize_file(path / "model.safetensors", weights.size() / 4);
    EXPECT_THROW(session.extend_batch(ids, tokens), Error) << device;
    EXPECT_THROW(session.extend(ids[0], tokens[0]), Error) << device;
    EXPECT_EQ(session.length(ids[0]), 0);
    EXPECT_EQ(session.length(ids[1]), 0);
    test::write_bytes(path / "model.safetensors", weights);  // the same file again
    const Matrix got = session.extend_batch(ids, tokens);
    EXPECT_EQ(session.length(ids[0]), 3);
    EXPECT_EQ(session.length(ids[1]), 2);
    const Matrix want = session.extend(session.open_sequence(), tokens[0]);
    expect_same_bits(want, {1, want.cols, {got.row(0).begin(), got.row(0).end()}}, device);
  }
}

TEST(Session, BatchesOfSequencesAreCheckedAsOneIs) {
  const auto model = Model::open(testing::example("gpt2-novels-4m"));
  Session session(model);
  const std::vector<Session::SequenceId> twice(2, session.open_sequence());
  EXPECT_THROW(session.extend_batch(twice, std::vector<std::vector<TokenId>>{{1}, {2}}), Error);
  EXPECT_THROW(session.extend_batch(twice, std::vector<std::vector<TokenId>>{{1}}), Error);
  EXPECT_EQ(session.length(twice[0]), 0);
  EXPECT_EQ(session.extend_batch({}, {}).rows, 0);
  EXPECT_THROW(Session(model, {.max_batch_tokens = -1}), Error);
  Session encoder(Model::open(testing::example("bert-sst2-5m")));
  const std::vector<Session::SequenceId> one = {encoder.open_sequence()};
  EXPECT_THROW(encoder.extend_batch(one, std::vector<std::vector<TokenId>>{{1}}), Error);
}

TEST(CacheBlocks, ComeBackHoweverTheirHolderEnds) {
  CacheBlocks blocks;
  HeldBlocks first(blocks);
  first.reserve(1);
  try {
    std::vector<HeldBlocks> held;
    for (int i = 0; i < 3; ++i) held.emplace_back(blocks).reserve(KEY_BLOCK + 1);
    EXPECT_EQ(held[2].list(), (std::vector<std::int32_t>{5, 6}));
    throw Error("a token is refused");
  } catch (const Error&) {
    HeldBlocks second(blocks);
    second.reserve(2 * KEY_BLOCK);
    EXPECT_EQ(second.list(), (std::vector<std::int32_t>{1, 2}));
  }
  EXPECT_EQ(first.list(), std::vector<std::int32_t>{0});
}

TEST(StopTokens, AreTokensOfTheModel) {
  const testing::ScratchDir dir;
  const auto path = dir / "model";
  std::filesystem::copy(testing::example("gpt2-novels-4m"), path);
  test::write_bytes(path / "generation_config.json",
                    R"({"eos_token_id": [7, -1, null, 4294967299, 18446744073709551615, 8]})");
  const auto model = Model::open(path);
  std::vector<TokenId> stop = stop_tokens(*model);
  EXPECT_EQ(std::count(stop.begin(), stop.end(), 7), 1);
  EXPECT_EQ(std::count(stop.begin(), stop.end(), 8), 1);
  std::erase(stop, *model->tokenizer().special().eos);  // by the tokenizer and config.json
  EXPECT_EQ(stop, (std::vector<TokenId>{7, 8}));
}

TEST(Session, NamesWhatIsWrongWithItsInput) {
  const auto model = Model::open(testing::example("bert-sst2-5m"));
  Session session(model);
  const auto message = [&](const TokenSequence& sequence) -> std::string {
    try {
      session.forward(std::span(&sequence, 1));
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  };
  EXPECT_NE(message({{1, 9999}, {}}).find("9999"), std::string::npos);
  EXPECT_NE(message({{-1}, {}}).find("-1"), std::string::npos);
  EXPECT_NE(message({{}, {}}), "");
  EXPECT_NE(message({{1, 2}, {0, 2}}).find("type 2"), std::string::npos);
  EXPECT_NE(message({{1, 2}, {0}}), "");
  EXPECT_NE(message({std::vector<TokenId>(513, 5), {}}).find("513"), std::string::npos);
  EXPECT_THROW(session.extend(session.open_sequence(), std::vector<TokenId>{1}), Error);
}

}  // namespace
}  // namespace zerocl
