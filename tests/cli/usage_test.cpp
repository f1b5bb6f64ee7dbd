#include <gtest/gtest.h>

#include "tests/cli/program.h"

namespace zerocl::test {
namespace {

std::string gpt2() {
  return example("gpt2-novels-4m");
}
std::string bert() {
  return example("bert-sst2-5m");
}

struct BadLine {
  const char* name;
  std::vector<std::string> arguments;
};
void PrintTo(const BadLine& line, std::ostream* stream) {
  *stream << line.name;
}

class BadUsage : public testing::TestWithParam<BadLine> {};

// Status 2, a reason on standard error, nothing on standard output.
TEST_P(BadUsage, EndsWithStatus2) {
  const Outcome outcome = run(GetParam().arguments);
  EXPECT_EQ(outcome.status, 2) << testing::PrintToString(outcome);
  EXPECT_EQ(outcome.out, "");
  EXPECT_TRUE(outcome.err.starts_with("zerocl: ")) << outcome.err;
}

const std::vector<BadLine> kBadLines = {
    {"nothing", {}},
    {"unknown_command", {"frobnicate"}},
    {"unknown_option", {"devices", "--frobnicate"}},
    {"two_commands", {"devices", "inspect"}},
    {"quantize_without_output", {"quantize", gpt2()}},
    {"quantize_without_input", {"quantize", "-o", "/tmp/x"}},
    {"quantize_unknown_scheme", {"quantize", gpt2(), "-o", "/tmp/zerocl-none", "--scheme", "w3a3"}},
    {"quantize_both_groups",
     {"quantize", gpt2(), "-o", "/tmp/zerocl-none", "--groups", "4", "--group-size", "64"}},
    {"quantize_negative_groups", {"quantize", gpt2(), "-o", "/tmp/zerocl-none", "--groups", "-4"}},
    {"quantize_unknown_attention",
     {"quantize", gpt2(), "-o", "/tmp/zerocl-none", "--attention", "i4"}},
    {"forward_without_ids", {"forward", gpt2()}},
    {"tokenize_without_text", {"tokenize", gpt2()}},
    {"tokenize_two_sources", {"tokenize", gpt2(), "--text", "a", "--file", "b"}},
    {"encode_unknown_pooling", {"encode", bert(), "--text", "a", "--pooling", "max"}},
    {"encode_contradiction", {"encode", bert(), "--text", "a", "--normalize", "--no-normalize"}},
    {"classify_pairs_missing", {"classify", bert(), "--text", "a", "--text", "b", "--pair", "c"}},
    {"classify_with_a_language_model", {"classify", gpt2(), "--text", "a"}},
    {"generate_without_prompt", {"generate", gpt2()}},
    {"generate_two_prompts", {"generate", gpt2(), "-p", "a", "--file", "b"}},
    {"generate_with_a_classifier", {"generate", bert(), "-p", "a"}},
    {"generate_negative_number", {"generate", gpt2(), "-p", "a", "-n", "-1"}},
    {"generate_no_number", {"generate", gpt2(), "-p", "a", "-n", "many"}},
    {"generate_negative_temperature", {"generate", gpt2(), "-p", "a", "--temp", "-1"}},
    {"generate_top_p_above_1", {"generate", gpt2(), "-p", "a", "--top-p", "1.5", "--temp", "1"}},
    {"generate_top_p_0", {"generate", gpt2(), "-p", "a", "--top-p", "0", "--temp", "1"}},
    {"perplexity_with_a_classifier", {"perplexity", bert(), "-f", "/dev/null"}},
    {"perplexity_window_too_large",
     {"perplexity", gpt2(), "-f", gpt2() + "/merges.txt", "--window", "513"}},
    {"perplexity_stride_above_window",
     {"perplexity", gpt2(), "-f", gpt2() + "/merges.txt", "--window", "64", "--stride", "65"}},
    {"eval_unknown_task", {"eval", bert(), "--task", "squad", "--data", "x"}},
    {"verify_without_model", {"verify"}},
    {"verify_model_and_kernels", {"verify", gpt2(), "--kernels"}},
    {"verify_inject_no_kind", {"verify", "--kernels", "--inject", "linear_f32"}},
    {"verify_inject_unknown_operator", {"verify", "--kernels", "--inject", "frobnicate:element"}},
    {"verify_inject_unknown_kind", {"verify", "--kernels", "--inject", "linear_f32:color"}},
    {"verify_inject_operator_without_such_a_thing",
     {"verify", "--kernels", "--inject", "gather_rows:order"}},
    {"verify_inject_operator_that_the_model_lacks",
     {"verify", gpt2(), "--inject", "l2_normalize:element"}},
    {"bench_model_and_shape", {"bench", gpt2(), "--shape", "bert-tiny"}},
    {"bench_unknown_shape", {"bench", "--shape", "bert-huge"}},
    {"bench_unknown_operator", {"bench", "--op", "frobnicate"}},
    {"bench_batch_0", {"bench", bert(), "--batch", "0"}},
    {"bench_lengths_no_range", {"bench", bert(), "--lengths", "16"}},
    {"bench_lengths_backwards", {"bench", bert(), "--lengths", "16:8"}},
    {"bench_lengths_0", {"bench", bert(), "--lengths", "0:8"}},
    {"bench_lengths_rest", {"bench", bert(), "--lengths", "1:8x"}},
    {"bench_lengths_too_long", {"bench", bert(), "--lengths", "1:100000"}},
    {"bench_lengths_and_seq", {"bench", bert(), "--lengths", "1:8", "--seq", "8"}},
    {"bench_lengths_of_a_decoder", {"bench", gpt2(), "--lengths", "1:8"}},
    {"bench_lengths_of_kernels", {"bench", "--lengths", "1:8"}},
    {"bench_no_product", {"bench", "--op", "relu", "--products", "8x8x8"}},
    {"bench_products_two", {"bench", "--op", "linear_w8a8", "--products", "8x8"}},
    {"bench_products_rest", {"bench", "--op", "linear_w8a8", "--products", "8x8x8x"}},
    {"bench_products_0", {"bench", "--op", "linear_w8a8", "--products", "8x0x8"}},
    {"bench_products_large", {"bench", "--op", "linear_w8a8", "--products", "8x8x1048576"}},
    {"bench_products_of_a_model", {"bench", bert(), "--products", "8x8x8"}},
    {"bench_unknown_variant", {"bench", "--op", "relu", "--variants", "fast"}},
    {"bench_tune_variants", {"bench", "--tune", "--variants", "wgmma"}},
    {"bench_peak_of_a_model", {"bench", bert(), "--peak"}},
    {"bench_peak_operator", {"bench", "--peak", "--op", "relu"}},
    {"bench_requests_of_kernels", {"bench", "--requests"}},
    {"bench_requests_of_a_decoder", {"bench", gpt2(), "--requests"}},
    {"bench_requests_lengths", {"bench", bert(), "--requests", "--lengths", "1:8"}},
    {"bench_tune_requests", {"bench", "--tune", "--requests"}},
    {"bench_tune_profile", {"bench", "--tune", "--profile"}},
    {"bench_tune_steps", {"bench", "--tune", "--steps"}},
    {"bench_peak_steps", {"bench", "--peak", "--steps"}},
    {"bench_steps_of_kernels", {"bench", "--op", "relu", "--steps"}},
    {"bench_tune_lengths", {"bench", "--tune", "--shape", "bert-tiny", "--lengths", "1:8"}},
    {"bench_tune_no_product", {"bench", "--tune", "--op", "relu"}},
    {"bench_tune_rows_0", {"bench", "--tune", "--rows", "0"}},
    {"bench_rows_without_tune", {"bench", "--rows", "8"}},
    {"inspect_nothing", {"inspect", "/nonexistent"}},
    {"quantize_nothing", {"quantize", "/nonexistent", "-o", "/tmp/zerocl-none"}},
    {"unknown_device", {"generate", gpt2(), "-p", "a", "--device", "no such device"}},
    {"unknown_device_index", {"verify", gpt2(), "--device", "99"}},
};

INSTANTIATE_TEST_SUITE_P(Lines, BadUsage, testing::ValuesIn(kBadLines),
                         [](const auto& line) { return line.param.name; });

struct FailingLine {
  const char* name;
  std::vector<std::string> arguments;
  const char* reason;  // in the message
};
void PrintTo(const FailingLine& line, std::ostream* stream) {
  *stream << line.name;
}

class Failure : public testing::TestWithParam<FailingLine> {};

TEST_P(Failure, EndsWithStatus1AndAReason) {
  const Outcome outcome = run(GetParam().arguments, {.input = "{\"ids\": 5}"});
  EXPECT_EQ(outcome.status, 1) << testing::PrintToString(outcome);
  EXPECT_EQ(outcome.out, "");
  EXPECT_NE(outcome.err.find(GetParam().reason), std::string::npos) << outcome.err;
}

const std::vector<FailingLine> kFailingLines = {
    {"inspect_a_file", {"inspect", "/dev/null"}, "/dev/null"},
    {"tokenize_no_file", {"tokenize", gpt2(), "--file", "/nonexistent"}, "/nonexistent"},
    {"tokenize_a_directory", {"tokenize", gpt2(), "--file", "/tmp"}, "/tmp"},
    {"tokenize_no_json", {"tokenize", gpt2(), "--jsonl", gpt2() + "/merges.txt"}, "merges.txt:1"},
    {"decode_no_ids", {"tokenize", gpt2(), "--decode", "--text", "12 x"}, "\"x\" is no token id"},
    {"forward_wrong_ids", {"forward", gpt2(), "--ids", "-"}, "\"ids\""},
    {"forward_no_json", {"forward", gpt2(), "--ids", gpt2() + "/merges.txt"}, "merges.txt"},
    {"generate_no_file", {"generate", gpt2(), "--file", "/nonexistent"}, "/nonexistent"},
    {"perplexity_no_file", {"perplexity", gpt2(), "-f", "/nonexistent"}, "/nonexistent"},
    {"perplexity_empty_text", {"perplexity", gpt2(), "-f", "/dev/null"}, "fewer than two tokens"},
    {"eval_no_data", {"eval", bert(), "--task", "sst2", "--data", "/nonexistent"}, "/nonexistent"},
    {"eval_other_data",
     {"eval", bert(), "--task", "sst2", "--data", gpt2() + "/merges.txt"},
     "expected a header"},
};

INSTANTIATE_TEST_SUITE_P(Lines, Failure, testing::ValuesIn(kFailingLines),
                         [](const auto& line) { return line.param.name; });

// A model directory may be called like a command.
TEST(Usage, NamesOfCommandsAreNamesOfFilesToo) {
  const Outcome outcome = run_shell("cd / && \"$zerocl\" inspect bench");
  EXPECT_EQ(outcome.status, 2) << testing::PrintToString(outcome);
  EXPECT_NE(outcome.err.find("bench: no such directory"), std::string::npos) << outcome.err;
}

TEST(Usage, WithoutAnyDeviceTheStatusIs3) {
  const TemporaryDirectory empty;
  const RunOptions no_platforms = {.input = {},
                                   .environment = {"OCL_ICD_VENDORS=" + empty.path().string()}};
  for (const std::vector<std::string>& arguments : {std::vector<std::string>{"devices"},
                                                    {"verify", "--kernels"},
                                                    {"bench"},
                                                    {"generate", gpt2(), "-p", "a"}}) {
    const Outcome outcome = run(arguments, no_platforms);
    EXPECT_EQ(outcome.status, 3) << arguments.front() << testing::PrintToString(outcome);
    EXPECT_EQ(outcome.out, "");
    EXPECT_NE(outcome.err, "");
  }
  // The reference needs none.
  EXPECT_EQ(
      run({"generate", gpt2(), "-p", "a", "-n", "1", "--device", "reference"}, no_platforms).status,
      0);
}

}  // namespace
}  // namespace zerocl::test
