#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

#include "engine/checkpoint/json_file.h"
#include "engine/checkpoint/printable.h"
#include "host/error.h"
#include "tests/checkpoint/expect_error.h"
#include "tests/temporary_directory.h"

namespace zerocl {
namespace {

using test::expect_error;

JsonObject object(const std::string& text) {
  return JsonObject("m/config.json", parse_json(text, "m/config.json"));
}

TEST(Json, GettersReturnWhatTheFileSays) {
  const JsonObject config = object(
      R"({"yes": true, "n": 12, "big": 9007199254740993, "huge": 18446744073709551615, "eps": 1e-12,
          "whole": 3, "name": "gelu", "list": [1, 2], "words": ["a", "b"], "none": null})");
  EXPECT_TRUE(config.get<bool>("yes"));
  EXPECT_EQ(config.get<int>("n"), 12);
  EXPECT_EQ(config.get<std::int64_t>("big"), 9007199254740993);
  EXPECT_EQ(config.get<std::uint64_t>("huge"), 18446744073709551615U);
  EXPECT_EQ(config.get<double>("eps"), 1e-12);
  EXPECT_EQ(config.get<float>("eps"), 1e-12F);
  EXPECT_EQ(config.get<double>("whole"), 3.0);
  EXPECT_EQ(config.get<std::string>("name"), "gelu");
  EXPECT_EQ(config.get<std::vector<int>>("list"), (std::vector<int>{1, 2}));
  EXPECT_EQ(config.get<std::vector<std::string>>("words"), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(config.get_int("n", 12, 12), 12);
  EXPECT_EQ(config.get_choice("name", {"relu", "gelu"}), "gelu");
}

TEST(Json, AbsentAndNullTakeTheFallback) {
  const JsonObject config = object(R"({"none": null, "n": 1})");
  EXPECT_FALSE(config.has("none"));
  EXPECT_FALSE(config.has("absent"));
  EXPECT_TRUE(config.has("n"));
  EXPECT_EQ(config.get_or("none", 7), 7);
  EXPECT_EQ(config.get_or("absent", "mean"), "mean");
  EXPECT_EQ(config.get_or("n", 7), 1);
  EXPECT_EQ(config.get_int_or("absent", -1, 1, 5), -1);  // the fallback may lie outside
}

TEST(Json, ErrorsNameFileKeyAndValue) {
  const JsonObject config = object(
      R"({"n": 12, "f": 1.5, "s": "x", "none": null, "far": 1e300, "o": {"k": "v", "l": [1, "x"]}})");
  expect_error([&] { config.get<int>("absent"); }, {"m/config.json", "\"absent\" is missing"});
  expect_error([&] { config.get<int>("none"); }, {"m/config.json", "\"none\" is null"});
  expect_error([&] { config.get<int>("f"); }, {"\"f\" must be an integer, found 1.5"});
  expect_error([&] { config.get<int>("s"); }, {"\"s\" must be an integer, found \"x\""});
  expect_error([&] { config.get<bool>("n"); }, {"\"n\" must be true or false, found 12"});
  expect_error([&] { config.get<double>("s"); }, {"\"s\" must be a number"});
  expect_error([&] { config.get<float>("far"); }, {"\"far\"", "float32"});
  expect_error([&] { config.get<std::string>("o"); }, {"\"o\" must be a string, found an object"});
  expect_error([&] { config.get<std::vector<int>>("n"); }, {"\"n\" must be an array, found 12"});
  expect_error([&] { config.get_int("n", 1, 11); }, {"\"n\" must be from 1 to 11, found 12"});
  expect_error([&] { config.get_or("s", 1); }, {"\"s\" must be an integer"});
  expect_error([&] { config.get_choice("s", {"a", "b"}); }, {"\"s\" must be one of a, b", "\"x\""});
  expect_error([&] { config.object("o").get<int>("k"); },
               {"m/config.json", "\"o.k\" must be an integer"});
  expect_error([&] { config.object("o").get<std::vector<int>>("l"); },
               {"\"o.l[1]\" must be an integer"});
  expect_error([&] { config.object("n"); }, {"\"n\" must be an object, found 12"});
  expect_error([] { object("[1]"); }, {"m/config.json", "must hold a JSON object, found an array"});
}

TEST(Json, IntegersThatDoNotFitAreRefusedNotWrapped) {
  const JsonObject config = object(
      R"({"a": 2147483648, "b": -2147483649, "c": 9223372036854775808, "d": 18446744073709551616, "e": -1})");
  expect_error([&] { config.get<int>("a"); }, {"\"a\" is 2147483648, too large"});
  expect_error([&] { config.get<int>("b"); }, {"\"b\""});
  expect_error([&] { config.get<std::int64_t>("c"); }, {"\"c\" is 9223372036854775808, too large"});
  expect_error([&] { config.get<std::uint64_t>("d"); }, {"\"d\""});
  expect_error([&] { config.get<std::uint64_t>("e"); },
               {"\"e\" must be an integer that is not negative"});
}

TEST(Json, TellsWhichKeysNobodyAskedFor) {
  const JsonObject config = object(R"({"a": 1, "b": 2, "c": {"d": 3, "e": 4}, "z": 5})");
  // NOLINTNEXTLINE(performance-unnecessary-copy-initialization): copies share what was asked
  const JsonObject copy = config;
  EXPECT_EQ(copy.get<int>("a"), 1);
  EXPECT_TRUE(config.has("b"));
  const JsonObject inner = config.object("c");
  EXPECT_EQ(config.unread_keys(), std::vector<std::string>{"z"});
  EXPECT_EQ(inner.get<int>("e"), 4);
  EXPECT_EQ(inner.unread_keys(), std::vector<std::string>{"d"});
  expect_error([&] { inner.refuse_unread_keys(); },
               {"m/config.json", "\"c.d\" is not a known key"});
  EXPECT_EQ(config.keys(), (std::vector<std::string>{"a", "b", "c", "z"}));
  config.get<int>("z");
  EXPECT_NO_THROW(config.refuse_unread_keys());
}

TEST(Json, ArraysOfObjectsKeepTheirPlaceInErrors) {
  const JsonObject config = object(R"({"steps": [{"k": 1}, {"k": "x"}]})");
  const auto steps = config.objects("steps");
  ASSERT_EQ(steps.size(), 2U);
  EXPECT_EQ(steps[0].get<int>("k"), 1);
  expect_error([&] { steps[1].get<int>("k"); }, {"\"steps[1].k\" must be an integer"});
}

// A nested object outlives the one that it came from.
TEST(Json, NestedObjectsOwnTheDocument) {
  const JsonObject inner = [] {
    return object(R"({"a": {"b": {"c": 42}}})").object("a").object("b");
  }();
  EXPECT_EQ(inner.get<int>("c"), 42);
}

TEST(Json, LimitsHoldExactly) {
  JsonLimits limits;
  limits.max_depth = 3;
  EXPECT_NO_THROW(parse_json("[[[1]]]", "f", limits));
  expect_error([&] { parse_json("[[[[1]]]]", "f", limits); }, {"f: nests", "more than 3 deep"});
  limits.max_values = 4;
  EXPECT_NO_THROW(parse_json("[1,2,3]", "f", limits));
  expect_error([&] { parse_json("[1,2,3,4]", "f", limits); }, {"f: has more than 4 JSON values"});
  limits.max_bytes = 7;
  EXPECT_NO_THROW(parse_json("[1,2,3]", "f", limits));
  expect_error([&] { parse_json("[1,2,3] ", "f", limits); }, {"f: has 8 bytes"});

  const test::TemporaryDirectory directory;
  test::write_bytes(directory / "a.json", "[1,2,3] ");
  expect_error([&] { read_json_file(directory / "a.json", limits); }, {"a.json", "8 bytes"});
}

TEST(Json, ParsesLikeTheLibraryWhatIsRight) {
  const std::string texts[] = {"{}",
                               "[]",
                               " 7 ",
                               "\"\\u00e9\\ud83d\\ude00\"",
                               "[true,false,null]",
                               "-0",
                               "-0.0",
                               "1e-400",
                               R"({"a":{"b":[{"c":[]},{}]},"":1,"é":2})",
                               "[0.1,1e308,-9223372036854775808,18446744073709551615]"};
  for (const std::string& text : texts) {
    EXPECT_EQ(parse_json(text, "f"), nlohmann::json::parse(text)) << text;
  }
}

TEST(Printable, EscapesWhatATerminalWouldObey) {
  EXPECT_EQ(printable("caf\xc3\xa9"), "caf\xc3\xa9");
  EXPECT_EQ(printable("a\x1b[31m\n"), "a\\x1b[31m\\x0a");
  EXPECT_EQ(printable("a\xff\xc3"), "a\\xff\\xc3");
  EXPECT_EQ(printable(std::string(200, 'a'), 10), "aaaaaaaaaa...");
  EXPECT_EQ(printable("\xc3\xa9\xc3\xa9", 3), "\xc3\xa9...");  // never half a character
}

TEST(Printable, KnowsWellFormedUtf8) {
  EXPECT_TRUE(is_clean_utf8(
      "a\xc2\x80\xdf\xbf\xe0\xa0\x80\xed\x9f\xbf\xee\x80\x80\xf0\x90\x80\x80\xf4\x8f\xbf\xbf"));
  for (const char* bad :
       {"\x80", "\xc1\xbf", "\xc2", "\xe0\x9f\xbf", "\xed\xa0\x80", "\xf0\x8f\xbf\xbf",
        "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xe2\x82", "\xf0\x9f\x98", "a\x7f", "\t"}) {
    EXPECT_FALSE(is_clean_utf8(bad)) << printable(bad);
  }
}

}  // namespace
}  // namespace zerocl
