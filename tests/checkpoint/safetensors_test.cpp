#include "engine/checkpoint/safetensors.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <random>
#include <thread>

#include "tests/checkpoint/expect_error.h"
#include "tests/temporary_directory.h"
#include "tests/checkpoint/tiny_model.h"

namespace zerocl {
namespace {

using test::expect_error;
using test::RawSafetensors;
using test::TemporaryDirectory;
using test::write_bytes;

// Two tensors whose data is not in the order of the header, one without elements, one scalar.
RawSafetensors odd_but_right() {
  RawSafetensors file;
  file.metadata = R"({"format":"pt","note":"é"})";
  file.tensors = {
      {"\"second\"", "\"I8\"", "[3]", "8", "11"},
      {"\"empty\"", "\"F64\"", "[0,7]", "8", "8"},
      {"\"\\u0066irst\"", "\"F32\"", "[1,2]", "0", "8"},
      {"\"scalar\"", "\"U8\"", "[]", "11", "12"},
  };
  file.data = std::string("\0\0\x80\x3f\0\0\0\xc0\x01\xff\x7f\x2a", 12);
  return file;
}

TEST(Safetensors, ReadsWhatTheFormatAllows) {
  const TemporaryDirectory directory;
  write_bytes(directory / "m.safetensors", odd_but_right().bytes());
  const SafetensorsFile file(directory / "m.safetensors");
  ASSERT_EQ(file.tensors().size(), 4U);
  EXPECT_EQ(file.metadata().at("note"), "é");

  const StoredTensor* first = file.find("first");
  ASSERT_NE(first, nullptr);
  EXPECT_EQ(first->type, StoredType::f32);
  EXPECT_EQ(first->shape, (Shape{1, 2}));
  float values[2] = {};
  file.read("first", values, 0, sizeof(values));
  EXPECT_EQ(values[0], 1.0F);
  EXPECT_EQ(values[1], -2.0F);
  file.read(*first, values, 4, 4);  // the second element alone
  EXPECT_EQ(values[0], -2.0F);

  signed char codes[3] = {};
  file.read("second", codes, 0, 3);
  EXPECT_EQ(codes[0], 1);
  EXPECT_EQ(codes[1], -1);
  EXPECT_EQ(codes[2], 127);
  file.read("scalar", codes, 0, 1);
  EXPECT_EQ(codes[0], 42);
  EXPECT_EQ(file.find("empty")->bytes, 0U);
  EXPECT_EQ(file.find("absent"), nullptr);
}

TEST(Safetensors, ReadsFilesWithoutMetadataOrTensors) {
  const TemporaryDirectory directory;
  RawSafetensors file;
  file.metadata = "";
  write_bytes(directory / "none", file.bytes());  // "{}" and six spaces
  EXPECT_TRUE(SafetensorsFile(directory / "none").tensors().empty());
  write_bytes(directory / "short", RawSafetensors::join("{}", ""));  // no padding is needed
  EXPECT_TRUE(SafetensorsFile(directory / "short").tensors().empty());
  file.metadata = "{}";
  write_bytes(directory / "padded",
              RawSafetensors::join(file.header() + std::string(1000, ' '), ""));
  EXPECT_TRUE(SafetensorsFile(directory / "padded").metadata().empty());
}

TEST(Safetensors, RefusesReadsOutsideATensor) {
  const TemporaryDirectory directory;
  write_bytes(directory / "m.safetensors", odd_but_right().bytes());
  const SafetensorsFile file(directory / "m.safetensors");
  char bytes[16];
  expect_error([&] { file.read("first", bytes, 0, 9); },
               {"m.safetensors", "\"first\"", "has 8 bytes"});
  expect_error([&] { file.read("first", bytes, 8, 1); }, {"\"first\""});
  expect_error([&] { file.read("first", bytes, ~0ULL, 2); },
               {"\"first\""});  // offset + bytes wraps
  expect_error([&] { file.read("first", bytes, 1, ~0ULL); }, {"\"first\""});
  expect_error([&] { file.read("absent", bytes, 0, 1); },
               {"m.safetensors", "no tensor \"absent\""});
  EXPECT_NO_THROW(file.read("first", bytes, 8, 0));
}

// A file that shrinks under the reader (a mapping would end in SIGBUS).
TEST(Safetensors, ShortReadsNameFileAndTensor) {
  const TemporaryDirectory directory;
  write_bytes(directory / "m.safetensors", odd_but_right().bytes());
  const SafetensorsFile file(directory / "m.safetensors");
  std::filesystem::resize_file(directory / "m.safetensors",
                               std::filesystem::file_size(directory / "m.safetensors") - 3);
  char bytes[8];
  EXPECT_NO_THROW(file.read("first", bytes, 0, 8));
  expect_error([&] { file.read("second", bytes, 0, 3); },
               {"m.safetensors", "\"second\"", "ends inside", "1 of 3"});
}

TEST(Safetensors, SeveralThreadsMayRead) {
  const TemporaryDirectory directory;
  test::write_tiny_model(directory.path());
  const SafetensorsFile file(directory / "model.safetensors");
  const std::string all = test::tiny_weights().data;
  const std::uint64_t start = file.tensors().front().offset;
  bool equal[4] = {};
  std::vector<std::thread> threads;
  for (bool& result : equal) {
    threads.emplace_back([&file, &all, &result, start] {
      bool same = true;
      for (int round = 0; round < 50; ++round) {
        for (const StoredTensor& tensor : file.tensors()) {
          std::string bytes(tensor.bytes, '\0');
          file.read(tensor, bytes.data(), 0, bytes.size());
          same = same && all.compare(tensor.offset - start, bytes.size(), bytes) == 0;
        }
      }
      result = same;
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const bool result : equal) EXPECT_TRUE(result);
}

// What a parser accepts must tile the data whatever the text was.
void check_tiling(const SafetensorsHeader& header, std::uint64_t data_offset,
                  std::uint64_t data_bytes) {
  std::uint64_t end = data_offset;
  for (const StoredTensor& tensor : header.tensors) {
    ASSERT_EQ(tensor.offset, end);
    ASSERT_EQ(tensor.bytes, byte_count(tensor.type, tensor.shape));
    end += tensor.bytes;
  }
  ASSERT_EQ(end, data_offset + data_bytes);
}

// 20,000 headers that are nearly right: bytes changed, removed, repeated, numbers exchanged. Each
// is an Error or a header that keeps the rules; anything else (a crash, another exception) fails.
TEST(Safetensors, NearlyRightHeadersAreRefusedOrMeanWhatTheySay) {
  const RawSafetensors good = test::tiny_weights();
  const std::string text = good.header();
  const char alphabet[] = "{}[]\",:0123456789-+.eEFIU \\u\n\x80\xff";
  std::mt19937_64 random(2026);
  const auto below = [&random](std::size_t n) { return static_cast<std::size_t>(random() % n); };
  int accepted = 0;
  for (int round = 0; round < 20'000; ++round) {
    std::string changed = text;
    for (std::size_t changes = 1 + below(3); changes > 0; --changes) {
      const std::size_t at = below(changed.size());
      const std::size_t length = std::min(1 + below(12), changed.size() - at);
      switch (below(5)) {
        case 0:
          changed[at] = alphabet[below(sizeof(alphabet) - 1)];
          break;
        case 1:
          changed.erase(at, length);
          break;
        case 2:
          changed.insert(at, changed.substr(at, length));
          break;
        case 3:
          changed.insert(at, 1, alphabet[below(sizeof(alphabet) - 1)]);
          break;
        default:
          changed.replace(at, length, changed.substr(below(changed.size()), length));
          break;
      }
      if (changed.empty()) changed = "{";
    }
    try {
      check_tiling(parse_safetensors_header(changed, 8 + changed.size(), good.data.size(), "f"),
                   8 + changed.size(), good.data.size());
      ++accepted;  // a changed name, metadata or padding
    } catch (const Error& error) {
      ASSERT_EQ(std::string(error.what()).rfind("f: ", 0), 0U) << error.what();
    }
    if (HasFatalFailure()) return;
  }
  EXPECT_GT(accepted, 100);  // else the changes are too coarse to test anything
  EXPECT_LT(accepted, 10'000);
}

TEST(StoredType, SizesAndNames) {
  for (int i = 0; i < 16; ++i) {
    const auto type = static_cast<StoredType>(i);
    EXPECT_EQ(parse_stored_type(stored_type_name(type)), type);
  }
  EXPECT_EQ(parse_stored_type("F4"), std::nullopt);
  EXPECT_EQ(stored_type_bytes(StoredType::f64), 8);
  EXPECT_EQ(byte_count(StoredType::f16, {3, 5}), 30U);
  EXPECT_EQ(byte_count(StoredType::f16, {}), 2U);
  EXPECT_EQ(byte_count(StoredType::f16, {0, INT64_MAX}), 0U);
  EXPECT_EQ(byte_count(StoredType::f16, {INT64_MAX, 2}), std::nullopt);
  EXPECT_EQ(byte_count(StoredType::i8, {INT64_MAX, 2}), UINT64_MAX - 1);
  EXPECT_EQ(byte_count(StoredType::i8, {-1}), std::nullopt);
  EXPECT_EQ(shape_text({30522, 384}), "[30522, 384]");
}

}  // namespace
}  // namespace zerocl
