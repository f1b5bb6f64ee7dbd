#include "tests/checkpoint/tiny_model.h"

#include <cstring>

#include "tests/temporary_directory.h"

namespace zerocl::test {
namespace {

constexpr int kHidden = 16;
constexpr int kInner = 32;
constexpr int kVocabulary = 16;
constexpr int kPositions = 8;
constexpr int kTypes = 2;

// Adds an F32 tensor: `base` plus a small pattern that differs from element to element.
void add(RawSafetensors& file, const std::string& name, int rows, int cols, float base) {
  const int count = rows == 0 ? cols : rows * cols;
  const std::size_t begin = file.data.size();
  for (int i = 0; i < count; ++i) {
    const float value = base + 0.01F * static_cast<float>((i * 7 + count) % 13 - 6);
    char bytes[sizeof(value)];
    std::memcpy(bytes, &value, sizeof(value));
    file.data.append(bytes, sizeof(bytes));
  }
  const std::string shape = rows == 0
                                ? "[" + std::to_string(cols) + "]"
                                : "[" + std::to_string(rows) + "," + std::to_string(cols) + "]";
  file.tensors.push_back({"\"" + name + "\"", "\"F32\"", shape, std::to_string(begin),
                          std::to_string(file.data.size())});
}

void add_linear(RawSafetensors& file, const std::string& name, int outputs, int inputs) {
  add(file, name + ".bias", 0, outputs, 0.0F);
  add(file, name + ".weight", outputs, inputs, 0.0F);
}

void add_layer_norm(RawSafetensors& file, const std::string& name) {
  add(file, name + ".bias", 0, kHidden, 0.0F);
  add(file, name + ".weight", 0, kHidden, 1.0F);
}

}  // namespace

std::string RawTensor::text() const {
  return name + R"(:{"dtype":)" + dtype + R"(,"shape":)" + shape + R"(,"data_offsets":[)" + begin +
         "," + end + "]}";
}

std::string RawSafetensors::header() const {
  std::string text = "{";
  if (!metadata.empty()) text += R"("__metadata__":)" + metadata;
  for (const RawTensor& tensor : tensors) text += (text.size() > 1 ? "," : "") + tensor.text();
  text += "}";
  text.append((8 - text.size() % 8) % 8, ' ');
  return text;
}

std::string RawSafetensors::join(const std::string& header, const std::string& data) {
  return length_field(header.size()) + header + data;
}

std::string length_field(std::uint64_t length) {
  std::string field;
  for (int byte = 0; byte < 8; ++byte) field += static_cast<char>(length >> (8 * byte) & 0xff);
  return field;
}

RawSafetensors tiny_weights() {
  RawSafetensors file;
  add_layer_norm(file, "embeddings.LayerNorm");
  add(file, "embeddings.position_embeddings.weight", kPositions, kHidden, 0.0F);
  add(file, "embeddings.token_type_embeddings.weight", kTypes, kHidden, 0.0F);
  add(file, "embeddings.word_embeddings.weight", kVocabulary, kHidden, 0.0F);
  const std::string layer = "encoder.layer.0.";
  add_layer_norm(file, layer + "attention.output.LayerNorm");
  add_linear(file, layer + "attention.output.dense", kHidden, kHidden);
  for (const char* part : {"key", "query", "value"}) {
    add_linear(file, layer + "attention.self." + part, kHidden, kHidden);
  }
  add_linear(file, layer + "intermediate.dense", kInner, kHidden);
  add_layer_norm(file, layer + "output.LayerNorm");
  add_linear(file, layer + "output.dense", kHidden, kInner);
  add_linear(file, "pooler.dense", kHidden, kHidden);
  return file;
}

std::string tiny_config() {
  return R"({
  "architectures": ["BertModel"],
  "hidden_act": "gelu",
  "hidden_size": 16,
  "intermediate_size": 32,
  "layer_norm_eps": 1e-12,
  "max_position_embeddings": 8,
  "model_type": "bert",
  "num_attention_heads": 2,
  "num_hidden_layers": 1,
  "pad_token_id": 0,
  "position_embedding_type": "absolute",
  "type_vocab_size": 2,
  "vocab_size": 16
})";
}

void write_tiny_model(const std::filesystem::path& directory) {
  std::filesystem::create_directories(directory);
  write_bytes(directory / "config.json", tiny_config());
  write_bytes(directory / "model.safetensors", tiny_weights().bytes());
  write_bytes(directory / "vocab.txt",
              "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\nb\nc\nd\ne\nthe\ncat\nsat\n##s\n##ed\n.\n");
}

}  // namespace zerocl::test
