#include "engine/checkpoint/model_dir.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>

#include "engine/checkpoint/safetensors_writer.h"
#include "tests/checkpoint/expect_error.h"
#include "tests/temporary_directory.h"
#include "tests/checkpoint/tiny_model.h"

namespace zerocl {
namespace {

namespace fs = std::filesystem;
using test::expect_error;
using test::TemporaryDirectory;
using test::write_bytes;

// One file with tensors given as halfs, floats or codes.
struct Given {
  TensorDeclaration declaration;
  std::string bytes;
};

void write_tensors(const fs::path& path, const std::vector<Given>& tensors) {
  std::vector<TensorDeclaration> declarations;
  for (const Given& tensor : tensors) declarations.push_back(tensor.declaration);
  SafetensorsWriter writer(path, declarations);
  for (const Given& tensor : tensors) {
    writer.append(tensor.declaration.name, tensor.bytes.data(), tensor.bytes.size());
  }
  writer.finish();
}

Checkpoint open_one(const fs::path& path, std::vector<std::string> prefixes = {}) {
  std::vector<SafetensorsFile> files;
  files.emplace_back(path);
  return Checkpoint(std::move(files), std::move(prefixes));
}

TEST(Checkpoint, ConvertsFloatsExactly) {
  const TemporaryDirectory directory;
  write_tensors(
      directory / "m",
      {
          {{"half", StoredType::f16, {2, 2}}, std::string("\x00\x3c\x01\x00\xff\x7b\x00\xfc", 8)},
          {{"brain", StoredType::bf16, {2}}, std::string("\x80\x3f\x01\x00", 4)},
          {{"single", StoredType::f32, {1}}, std::string("\x01\x00\x80\x3f", 4)},
      });
  const Checkpoint checkpoint = open_one(directory / "m");
  EXPECT_EQ(
      checkpoint.read_f32("half", {2, 2}),
      (std::vector<float>{1.0F, 0x1p-24F, 65504.0F, -std::numeric_limits<float>::infinity()}));
  EXPECT_EQ(checkpoint.read_f32("brain", {2}), (std::vector<float>{1.0F, 0x1p-133F}));
  EXPECT_EQ(checkpoint.read_f32("single", {1}), (std::vector<float>{0x1.000002p0F}));
  EXPECT_EQ(checkpoint.read_raw("brain").size(), 4U);
  EXPECT_EQ(checkpoint.names(), (std::vector<std::string>{"brain", "half", "single"}));
}

TEST(Checkpoint, ErrorsNameFileTensorAndWhatWasExpected) {
  const TemporaryDirectory directory;
  write_tensors(directory / "m", {
                                     {{"w", StoredType::f32, {2, 1}}, std::string(8, '\0')},
                                     {{"d", StoredType::f64, {1}}, std::string(8, '\0')},
                                     {{"i", StoredType::i32, {1}}, std::string(4, '\0')},
                                     {{"c", StoredType::i8, {3}}, "\x01\x80\x7f"},
                                 });
  const Checkpoint checkpoint = open_one(directory / "m", {"bert."});
  const std::string file = (directory / "m").string();
  expect_error(
      [&] {
        checkpoint.read_f32("w", {1, 2});
      },
      {file, "\"w\" has shape [2, 1], expected [1, 2]"});
  expect_error([&] { checkpoint.read_f32("w", {2}); }, {file, "\"w\""});
  expect_error([&] { checkpoint.read_f32("d", {1}); }, {file, "\"d\" has type F64", "F16"});
  expect_error([&] { checkpoint.read_f32("i", {1}); }, {file, "\"i\" has type I32", "F16"});
  expect_error([&] { checkpoint.read_i8("w", {2, 1}); }, {file, "\"w\" has type F32, expected I8"});
  expect_error([&] { checkpoint.read_i8("c", {3}); },
               {file, "\"c\" holds the code -128 at element 1"});
  expect_error([&] { checkpoint.read_f32("x", {1}); }, {file, "no tensor \"x\", nor \"bert.x\""});
  expect_error([&] { checkpoint.read_raw("x"); }, {file, "\"x\""});
  expect_error([&] { checkpoint.read_u8("w", {2, 1}); }, {file, "\"w\" has type F32, expected U8"});
}

TEST(Checkpoint, ReadsRowsOfATable) {
  const TemporaryDirectory directory;
  std::string halfs;
  for (int i = 0; i < 40'000; ++i)
    halfs += {static_cast<char>(i), static_cast<char>(0x30 + i % 16)};
  write_tensors(directory / "m", {{{"t", StoredType::f16, {20, 2000}}, halfs},
                                  {{"e", StoredType::f32, {0, 7}}, ""},
                                  {{"s", StoredType::f32, {}}, std::string(4, '\0')}});
  const Checkpoint checkpoint = open_one(directory / "m");
  const auto all = checkpoint.read_f32("t", {20, 2000});
  std::vector<float> rows(11 * 2000);  // more than one chunk of the converter
  checkpoint.read_rows_f32("t", {20, 2000}, 9, 11, rows);
  EXPECT_TRUE(std::equal(rows.begin(), rows.end(), all.begin() + 9 * 2000));
  std::vector<float> none;
  EXPECT_NO_THROW(checkpoint.read_rows_f32("t", {20, 2000}, 20, 0, none));
  EXPECT_NO_THROW(checkpoint.read_rows_f32("e", {0, 7}, 0, 0, none));
  expect_error(
      [&] {
        checkpoint.read_rows_f32("t", {20, 2000}, 10, 11, rows);
      },
      {"\"t\"", "no rows 10 to 21"});
  expect_error([&] { checkpoint.read_rows_f32("t", {20, 2000}, -1, 11, rows); }, {"\"t\""});
  expect_error(
      [&] {
        checkpoint.read_rows_f32("t", {20, 2000}, 0, 10, rows);
      },
      {"\"t\"", "room for 22000"});
  expect_error([&] { checkpoint.read_rows_f32("s", {}, 0, 0, none); }, {"\"s\""});
}

TEST(Checkpoint, FindsNamesWithAndWithoutPrefix) {
  const TemporaryDirectory directory;
  write_tensors(directory / "m", {{{"bert.a", StoredType::i8, {1}}, "1"},
                                  {{"classifier", StoredType::i8, {1}}, "2"},
                                  {{"both", StoredType::i8, {1}}, "3"},
                                  {{"bert.both", StoredType::i8, {1}}, "4"}});
  const Checkpoint plain = open_one(directory / "m");
  EXPECT_FALSE(plain.has("a"));
  const Checkpoint checkpoint = plain.with_prefixes({"roberta.", "bert."});
  ASSERT_TRUE(checkpoint.has("a"));
  EXPECT_EQ(checkpoint.find("a")->name, "bert.a");
  EXPECT_EQ(checkpoint.find("classifier")->name, "classifier");
  EXPECT_EQ(checkpoint.find("bert.a")->name, "bert.a");
  EXPECT_EQ(checkpoint.find("absent"), nullptr);
  expect_error([&] { checkpoint.find("both"); },
               {"\"both\" and \"bert.both\" both stand for \"both\""});
  EXPECT_EQ(plain.find("both")->name, "both");
}

// The tiny model in three shards, named so that their order differs from the tensors'.
void write_shards(const fs::path& directory) {
  test::write_tiny_model(directory);
  const SafetensorsFile whole(directory / "model.safetensors");
  std::vector<Given> shards[3];
  nlohmann::json index = {{"metadata", {{"total_size", 11776.0}}},
                          {"weight_map", nlohmann::json::object()}};
  std::size_t i = 0;
  for (const StoredTensor& tensor : whole.tensors()) {
    std::string bytes(tensor.bytes, '\0');
    whole.read(tensor, bytes.data(), 0, bytes.size());
    shards[i % 3].push_back({{tensor.name, tensor.type, tensor.shape}, bytes});
    index["weight_map"][tensor.name] = "shard-" + std::to_string(i % 3) + ".safetensors";
    ++i;
  }
  for (std::size_t s = 0; s < 3; ++s) {
    write_tensors(directory / ("shard-" + std::to_string(s) + ".safetensors"), shards[s]);
  }
  write_bytes(directory / "model.safetensors.index.json", index.dump());
}

TEST(ModelDir, ShardsAreOneCheckpoint) {
  const TemporaryDirectory directory;
  write_shards(directory.path());
  const Checkpoint single = ModelDir(directory.path()).checkpoint();  // the single file goes first
  EXPECT_EQ(single.files().size(), 1U);
  fs::remove(directory / "model.safetensors");
  const Checkpoint sharded =
      ModelDir(directory.path()).checkpoint();  // `single` keeps its file open
  EXPECT_EQ(sharded.files().size(), 3U);
  ASSERT_EQ(sharded.names(), single.names());
  for (const std::string& name : single.names()) {
    EXPECT_EQ(sharded.read_raw(name), single.read_raw(name)) << name;
  }
  expect_error([&] { sharded.read_f32("absent", {1}); },
               {"shard-0.safetensors and the other shards", "absent"});
}

TEST(ModelDir, TellsWhatIsThere) {
  const TemporaryDirectory directory;
  test::write_tiny_model(directory.path());
  write_bytes(directory / "generation_config.json", R"({"eos_token_id": 3})");
  write_bytes(directory / "merges.txt", "");
  write_bytes(directory / "README.md", "");
  write_bytes(directory / "LICENSE", "");
  const ModelDir model(directory.path());
  EXPECT_EQ(model.config().get<int>("hidden_size"), 16);
  ASSERT_TRUE(model.generation_config());
  EXPECT_EQ(model.generation_config()->get<int>("eos_token_id"), 3);
  EXPECT_FALSE(model.quantization());
  EXPECT_FALSE(model.sentence_transformer());
  EXPECT_EQ(model.files_to_copy(), (std::vector<std::string>{"LICENSE", "generation_config.json",
                                                             "merges.txt", "vocab.txt"}));
  EXPECT_EQ(model.find_file("vocab.txt"), directory / "vocab.txt");
  EXPECT_EQ(model.find_file("tokenizer.json"), std::nullopt);
}

TEST(ModelDir, ReadsTheQuantizationRecord) {
  const TemporaryDirectory directory;
  test::write_tiny_model(directory.path());
  nlohmann::json config = nlohmann::json::parse(test::tiny_config());
  QuantizationConfig quantization;
  quantization.scheme = "w8a8";
  quantization.attention = "i8";
  quantization.modules["layer.0.mlp.fc1"] = {};
  config["quantization_config"] = to_json(quantization);
  write_bytes(directory / "config.json", config.dump());
  const ModelDir model(directory.path());
  ASSERT_TRUE(model.quantization());
  EXPECT_EQ(*model.quantization(), quantization);
}

TEST(ModelDir, SaysWhatToDoAboutOtherFormats) {
  const TemporaryDirectory directory;
  test::write_tiny_model(directory.path());
  fs::remove(directory / "model.safetensors");
  expect_error([&] { ModelDir model(directory.path()); },
               {"model.safetensors: is missing", "index.json"});
  write_bytes(directory / "pytorch_model.bin", "");
  expect_error([&] { ModelDir model(directory.path()); },
               {"pytorch_model.bin", "convert", "safetensors"});
  expect_error([&] { ModelDir model(directory / "config.json"); }, {"is not a directory"});
  expect_error([&] { ModelDir model(directory / "absent"); }, {"absent: no such directory"});
}

TEST(ModelDir, FollowsLinksAsTheHubsCacheHasThem) {
  const TemporaryDirectory directory;
  test::write_tiny_model(directory / "blobs");
  fs::create_directory(directory / "snapshot");
  for (const char* name : {"config.json", "model.safetensors", "vocab.txt"}) {
    fs::create_symlink(fs::path("../blobs") / name, directory / "snapshot" / name);
  }
  const ModelDir model(directory / "snapshot");
  EXPECT_EQ(model.files_to_copy(), std::vector<std::string>{"vocab.txt"});
  EXPECT_EQ(model.checkpoint().names().size(), test::tiny_weights().tensors.size());
}

TEST(SentenceTransformers, KnowsOldAndNewWaysOfSayingIt) {
  const TemporaryDirectory directory;
  test::write_tiny_model(directory.path());
  write_bytes(directory / "modules.json", R"([
      {"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"},
      {"idx": 1, "name": "1", "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"},
      {"idx": 2, "name": "2", "path": "2_Dense", "type": "sentence_transformers.models.Dense"},
      {"idx": 3, "name": "3", "path": "3_Normalize", "type": "sentence_transformers.models.Normalize"}])");
  fs::create_directory(directory / "1_Pooling");
  const auto pooling = [&](const std::string& config) {
    write_bytes(directory / "1_Pooling" / "config.json", config);
    return ModelDir(directory.path()).sentence_transformer()->pooling;
  };
  EXPECT_EQ(pooling(R"({"pooling_mode": "cls"})"), "cls");
  EXPECT_EQ(pooling(R"({"pooling_mode_cls_token": true, "pooling_mode_mean_tokens": false})"),
            "cls");
  EXPECT_EQ(pooling(R"({"pooling_mode_max_tokens": true, "pooling_mode_mean_tokens": true})"),
            "max+mean");
  const ModelDir model(directory.path());
  EXPECT_EQ(model.sentence_transformer()->others, std::vector<std::string>{"Dense"});
  EXPECT_TRUE(model.sentence_transformer()->normalize);
  EXPECT_EQ(model.sentence_transformer()->max_tokens, 0);
}

}  // namespace
}  // namespace zerocl
