// The real models that come with the project's test data: read, copied, and compared byte by byte.
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <map>

#include "engine/checkpoint/half.h"
#include "engine/checkpoint/model_dir.h"
#include "engine/checkpoint/output_dir.h"
#include "engine/checkpoint/safetensors_writer.h"
#include "tests/checkpoint/shared_models.h"
#include "tests/temporary_directory.h"

namespace zerocl {
namespace {

namespace fs = std::filesystem;
using test::read_bytes;
using test::TemporaryDirectory;

// Copies a model as `zerocl quantize` would, without changing a tensor; data moves in small pieces.
void copy_model(const ModelDir& model, const fs::path& target) {
  OutputDir out(target, {.replace = false, .inputs = {model.path()}});
  for (const std::string& name : model.files_to_copy()) out.copy_file(model.path() / name, name);
  out.write_json("config.json", model.config().json());
  const Checkpoint checkpoint = model.checkpoint();
  const SafetensorsFile& file = checkpoint.files().front();
  std::vector<TensorDeclaration> declarations;
  for (const StoredTensor& tensor : file.tensors()) {
    declarations.push_back({tensor.name, tensor.type, tensor.shape});
  }
  SafetensorsWriter writer(out.file("model.safetensors"), declarations, file.metadata());
  std::vector<char> piece(100'003);  // a prime: pieces end inside elements
  for (const StoredTensor& tensor : file.tensors()) {
    for (std::uint64_t at = 0; at < tensor.bytes; at += piece.size()) {
      const std::uint64_t count = std::min<std::uint64_t>(piece.size(), tensor.bytes - at);
      file.read(tensor, piece.data(), at, count);
      writer.append(tensor.name, piece.data(), count);
    }
  }
  writer.finish();
  out.commit();
}

TEST(RoundTrip, CopiesOfRealModelsAreEqual) {
  const auto models = test::shared_models();
  if (models.empty()) GTEST_SKIP() << "no models under " << test::shared_directory();
  for (const fs::path& path : models) {
    SCOPED_TRACE(path.string());
    const TemporaryDirectory directory;
    const ModelDir model(path);
    copy_model(model, directory / "copy");
    // These files were written by the format's own library: our layout is the same, to the byte.
    EXPECT_TRUE(read_bytes(path / "model.safetensors") ==
                read_bytes(directory / "copy" / "model.safetensors"));
    for (const std::string& name : model.files_to_copy()) {
      EXPECT_TRUE(read_bytes(path / name) == read_bytes(directory / "copy" / name)) << name;
    }
    const ModelDir copy(directory / "copy");
    EXPECT_EQ(copy.config().json(), model.config().json());
    EXPECT_EQ(copy.files_to_copy(), model.files_to_copy());
    EXPECT_EQ(copy.sentence_transformer().has_value(), model.sentence_transformer().has_value());

    copy_model(model, directory / "again");
    EXPECT_EQ(read_bytes(directory / "copy" / "config.json"),
              read_bytes(directory / "again" / "config.json"));
  }
}

TEST(RoundTrip, FloatsOfRealModelsAreReadExactly) {
  const auto models = test::shared_models();
  if (models.empty()) GTEST_SKIP() << "no models under " << test::shared_directory();
  std::map<StoredType, std::size_t> seen;
  for (const fs::path& path : models) {
    SCOPED_TRACE(path.string());
    const Checkpoint checkpoint = ModelDir(path).checkpoint();
    for (const std::string& name : checkpoint.names()) {
      const StoredTensor& tensor = *checkpoint.find(name);
      const auto raw = checkpoint.read_raw(name);
      const auto floats = checkpoint.read_f32(name, tensor.shape);
      ASSERT_EQ(floats.size(), element_count(tensor.shape));
      seen[tensor.type] += floats.size();
      std::size_t different = 0;
      for (std::size_t i = 0; i < floats.size(); ++i) {
        if (tensor.type == StoredType::f32) {
          std::uint32_t stored = 0;
          std::memcpy(&stored, &raw[4 * i], 4);
          different += std::bit_cast<std::uint32_t>(floats[i]) != stored;
        } else {
          std::uint16_t half = 0;
          std::memcpy(&half, &raw[2 * i], 2);
          different += f32_to_f16(floats[i]) != half;
        }
      }
      EXPECT_EQ(different, 0U) << name;
    }
  }
  EXPECT_GT(seen[StoredType::f16], 0U);
  EXPECT_GT(seen[StoredType::f32], 0U);
}

TEST(RoundTrip, SentenceTransformerOfMiniLm) {
  const fs::path path = test::shared_directory() / "models" / "minilm-l6";
  if (!fs::exists(path)) GTEST_SKIP() << "no " << path;
  const ModelDir model(path);
  ASSERT_TRUE(model.sentence_transformer());
  EXPECT_EQ(model.sentence_transformer()->pooling, "mean");
  EXPECT_TRUE(model.sentence_transformer()->normalize);
  EXPECT_EQ(model.sentence_transformer()->max_tokens, 256);
  EXPECT_FALSE(model.sentence_transformer()->lower_case);
  EXPECT_EQ(model.files_to_copy(),
            (std::vector<std::string>{"1_Pooling/config.json", "modules.json",
                                      "sentence_bert_config.json", "special_tokens_map.json",
                                      "tokenizer.json", "tokenizer_config.json", "vocab.txt"}));
}

}  // namespace
}  // namespace zerocl
