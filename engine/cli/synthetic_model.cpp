#include "engine/cli/synthetic_model.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "engine/checkpoint/file.h"
#include "engine/checkpoint/half.h"
#include "engine/checkpoint/output_dir.h"
#include "engine/checkpoint/safetensors_writer.h"
#include "engine/cli/signals.h"
#include "engine/models/family.h"
#include "host/error.h"

namespace zerocl::cli {
namespace {

struct NamedShape {
  const char* name;
  const char* family;
  std::int64_t layers, hidden, heads, inner, vocabulary, positions;
};

// From the models' own config.json.
constexpr std::array<NamedShape, 11> kShapes = {{
    {"bert-tiny", "bert", 2, 128, 2, 512, 30522, 512},
    {"minilm-l6", "bert", 6, 384, 12, 1536, 30522, 512},
    {"bert-base", "bert", 12, 768, 12, 3072, 30522, 512},
    {"bert-large", "bert", 24, 1024, 16, 4096, 30522, 512},
    {"distilbert", "distilbert", 6, 768, 12, 3072, 30522, 512},
    {"roberta-base", "roberta", 12, 768, 12, 3072, 50265, 514},
    {"roberta-large", "roberta", 24, 1024, 16, 4096, 50265, 514},
    {"gpt2", "gpt2", 12, 768, 12, 3072, 50257, 1024},
    {"gpt2-medium", "gpt2", 24, 1024, 16, 4096, 50257, 1024},
    {"gpt2-large", "gpt2", 36, 1280, 20, 5120, 50257, 1024},
    {"gpt2-xl", "gpt2", 48, 1600, 25, 6400, 50257, 1024},
}};

const NamedShape& find_shape(const std::string& name) {
  for (const NamedShape& shape : kShapes) {
    if (name == shape.name) return shape;
  }
  throw Error("no shape \"" + name + "\"", ErrorKind::usage);
}

nlohmann::json config_json(const NamedShape& s) {
  const std::string family = s.family;
  if (family == "gpt2") {
    return {{"model_type", family},       {"architectures", {"GPT2LMHeadModel"}},
            {"n_layer", s.layers},        {"n_embd", s.hidden},
            {"n_head", s.heads},          {"n_inner", s.inner},
            {"vocab_size", s.vocabulary}, {"n_positions", s.positions},
            {"layer_norm_epsilon", 1e-5}, {"activation_function", "gelu_new"}};
  }
  if (family == "distilbert") {
    return {{"model_type", family},
            {"architectures", {"DistilBertModel"}},
            {"n_layers", s.layers},
            {"dim", s.hidden},
            {"n_heads", s.heads},
            {"hidden_dim", s.inner},
            {"activation", "gelu"},
            {"vocab_size", s.vocabulary},
            {"max_position_embeddings", s.positions}};
  }
  const bool roberta = family == "roberta";
  nlohmann::json json = {{"model_type", family},
                         {"architectures", {roberta ? "RobertaModel" : "BertModel"}},
                         {"num_hidden_layers", s.layers},
                         {"hidden_size", s.hidden},
                         {"num_attention_heads", s.heads},
                         {"intermediate_size", s.inner},
                         {"hidden_act", "gelu"},
                         {"vocab_size", s.vocabulary},
                         {"max_position_embeddings", s.positions},
                         {"type_vocab_size", roberta ? 1 : 2},
                         {"layer_norm_eps", roberta ? 1e-5 : 1e-12}};
  if (roberta) json["pad_token_id"] = 1;
  return json;
}

// Halves whose distribution is near enough to normal for quantizing: the sum of eight uniform
// bytes, from SplitMix64.
class Weights {
 public:
  std::uint16_t next() {
    std::uint64_t x = state_ += 0x9e3779b97f4a7c15ULL;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
    x ^= x >> 31;
    int sum = 0;
    for (int i = 0; i < 8; ++i) sum += static_cast<int>((x >> (8 * i)) & 0xFF);
    // Mean 8 * 127.5, standard deviation sqrt(8 * (256^2 - 1) / 12) = 209.02.
    return f32_to_f16((static_cast<float>(sum) - 1020.0F) * (0.02F / 209.02F));
  }

 private:
  std::uint64_t state_ = 0;
};

struct StoredSpec {
  const TensorSpec* spec;
  TensorDeclaration declaration;
};

// The tensors as the family's checkpoints hold them: stacked ones apart, Conv1D transposed.
std::vector<StoredSpec> stored_tensors(const TensorTable& table) {
  std::vector<StoredSpec> stored;
  for (const TensorSpec& spec : table.tensors) {
    const auto count = static_cast<std::int64_t>(spec.sources.size());
    for (const std::string& source : spec.sources) {
      Shape shape = {spec.rows / count, spec.cols};
      if (spec.role == TensorRole::vector) {
        shape = {spec.cols / count};
      } else if (spec.transposed) {
        std::swap(shape[0], shape[1]);
      }
      stored.push_back({&spec, {source, StoredType::f16, std::move(shape)}});
    }
  }
  return stored;
}

void write_tensor(SafetensorsWriter& writer, const StoredSpec& tensor, Weights& weights) {
  constexpr std::uint64_t kPiece = 1U << 20;  // elements in memory at a time
  std::vector<std::uint16_t> values;
  std::uint64_t left = element_count(tensor.declaration.shape).value();
  const bool vector = tensor.spec->role == TensorRole::vector;
  const bool gamma = vector && tensor.spec->name.ends_with("norm.weight");
  while (left > 0) {
    check_interrupted();
    values.assign(static_cast<std::size_t>(std::min(left, kPiece)),
                  f32_to_f16(gamma ? 1.0F : 0.0F));
    if (!vector) {
      for (std::uint16_t& value : values) value = weights.next();
    }
    writer.append(tensor.declaration.name, std::span<const std::uint16_t>(values));
    left -= values.size();
  }
}

}  // namespace

std::vector<std::string> synthetic_shapes() {
  std::vector<std::string> names;
  for (const NamedShape& shape : kShapes) names.emplace_back(shape.name);
  return names;
}

ShapeWidths shape_widths(const std::string& shape) {
  const NamedShape& found = find_shape(shape);
  return {found.hidden, found.inner};
}

TemporaryDirectory::TemporaryDirectory() {
  std::string name = (std::filesystem::temp_directory_path() / "zerocl-XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) {
    throw Error(name + ": cannot create: " + system_message(errno));
  }
  path_ = name;
}

TemporaryDirectory::~TemporaryDirectory() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

void write_synthetic_model(const std::string& shape, const std::filesystem::path& directory) {
  const nlohmann::json config = config_json(find_shape(shape));
  const JsonObject object(shape, config);
  const FamilyReader& family = find_family(object);
  const TensorTable table = family.tensor_table(family.read_config(object));
  const std::vector<StoredSpec> tensors = stored_tensors(table);
  std::vector<TensorDeclaration> declarations;
  for (const StoredSpec& tensor : tensors) declarations.push_back(tensor.declaration);

  OutputDir output(directory);
  output.write_json("config.json", config);
  SafetensorsWriter writer(output.file("model.safetensors"), declarations);
  Weights weights;
  for (const StoredSpec& tensor : tensors) write_tensor(writer, tensor, weights);
  writer.finish();
  output.commit();
}

}  // namespace zerocl::cli
