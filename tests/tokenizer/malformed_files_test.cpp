// Directories with one thing wrong each: an Error that names file and reason, nothing else.
#include "engine/tokenizer/utf8.h"
#include "tests/checkpoint/expect_error.h"
#include "tests/tokenizer/broken_directories.h"
#include "tests/tokenizer/tokenizer_files.h"

namespace zerocl::test {
namespace {

const std::string kVocabJson = R"({"a": 0, "b": 1, "ab": 2})";

TEST(MalformedFiles, AreErrorsThatNameFileAndReason) {
  for (const BrokenDirectory& broken : broken_directories()) {
    SCOPED_TRACE(broken.name);
    expect_error([&] { tokenizer_of(broken.files); }, broken.message);
  }
}

TEST(MalformedFiles, DirectoryInPlaceOfAFile) {
  const TemporaryDirectory dir;
  std::filesystem::create_directory(dir / "tokenizer.json");
  expect_error([&] { load_tokenizer(dir.path()); }, {"tokenizer.json", "regular file"});
}

TEST(MalformedFiles, SparseFileOfGigabytes) {
  const TemporaryDirectory dir;
  write_bytes(dir / "tokenizer.json", "{}");
  std::filesystem::resize_file(dir / "tokenizer.json", std::uintmax_t{1} << 33);
  expect_error([&] { load_tokenizer(dir.path()); }, {"tokenizer.json", "larger than"});
}

// Messages are shown to people: no bytes that are no text, no terminal escapes, no megabytes.
TEST(MalformedFiles, MessagesArePrintable) {
  const std::vector<std::vector<std::pair<std::string, std::string>>> directories = {
      {{"tokenizer.json", "{\"a\": \"\x99\xFF"}},
      {{"vocab.json", R"({"\u001b[31m": 1, "a": 1})"}, {"merges.txt", ""}},
      {{"vocab.json", kVocabJson}, {"merges.txt", std::string(1000000, 'x')}}};
  for (const auto& files : directories) {
    try {
      tokenizer_of(files);
      ADD_FAILURE() << "no error";
    } catch (const Error& error) {
      const std::string message = error.what();
      EXPECT_TRUE(utf8::is_valid(message)) << message;
      EXPECT_LT(message.size(), 2000u);
      for (const char c : message) EXPECT_GE(static_cast<unsigned char>(c), 0x20);
    }
  }
}

TEST(MalformedFiles, MissingDirectory) {
  expect_error([] { load_tokenizer("/no/such/directory"); }, {"/no/such/directory"});
}

// Every prefix of a good file is either refused or (never) read.
TEST(MalformedFiles, FilesCutAnywhere) {
  const std::string good = byte_pair_json().dump();
  for (std::size_t length = 0; length < good.size(); ++length) {
    expect_error(
        [&] {
          tokenizer_of({{"tokenizer.json", good.substr(0, length)}});
        },
        {"tokenizer.json"});
  }
}

}  // namespace
}  // namespace zerocl::test
