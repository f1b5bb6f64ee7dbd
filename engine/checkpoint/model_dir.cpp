#include "engine/checkpoint/model_dir.h"

#include <fmt/format.h>

#include <algorithm>
#include <system_error>

#include "engine/checkpoint/printable.h"
#include "engine/checkpoint/shard_index.h"
#include "host/error.h"

namespace zerocl {
namespace {

namespace fs = std::filesystem;

constexpr const char* kConfig = "config.json";
constexpr const char* kGenerationConfig = "generation_config.json";
constexpr const char* kWeights = "model.safetensors";
constexpr const char* kIndex = "model.safetensors.index.json";

// Files that say what the model means but hold no weights, in Hugging Face's names.
constexpr const char* kCompanions[] = {
    "tokenizer.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "added_tokens.json",
    "vocab.txt",
    "vocab.json",
    "merges.txt",
    "tokenizer.model",
    "sentencepiece.bpe.model",
    "spiece.model",
    "chat_template.jinja",
    "chat_template.json",
    "generation_config.json",
    "config_sentence_transformers.json",
    "LICENSE",
    "LICENSE.txt",
    "LICENSE.md",
    "NOTICE",
    "NOTICE.txt",
    "USE_POLICY.md",
};

std::string shown(const fs::path& path) {
  return printable(path.string(), 4096);
}

// A link counts as present even if it dangles: opening it then tells what is wrong, whereas calling
// an optional file absent would hide it.
bool present(const fs::path& path) {
  std::error_code ignored;
  return fs::exists(fs::symlink_status(path, ignored));
}

// `path`, or an Error that says what is there instead of a model directory.
const fs::path& check_directory(const fs::path& path) {
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  if (status.type() == fs::file_type::not_found) {
    throw Error(shown(path) + ": no such directory", ErrorKind::usage);
  }
  if (status.type() == fs::file_type::none) {
    throw Error(fmt::format("{}: cannot be examined: {}", shown(path), error.message()));
  }
  if (!fs::is_directory(status)) {
    throw Error(shown(path) +
                ": is not a directory; a model is a directory with config.json and "
                "model.safetensors");
  }
  if (!present(path / kConfig)) {
    throw Error(shown(path / kConfig) + ": is missing; a model directory has one");
  }
  return path;
}

// The error for a directory without safetensors: what is there in other formats?
[[noreturn]] void no_weights(const fs::path& path) {
  std::error_code unlisted;  // then nothing can be added to the plain message
  for (const auto& entry : fs::directory_iterator(path, unlisted)) {
    const std::string name = entry.path().filename().string();
    const auto extension = entry.path().extension();
    if ((name.starts_with("pytorch_model") && extension == ".bin") || extension == ".pt" ||
        extension == ".pth") {
      throw Error(shown(entry.path()) +
                  ": PyTorch's pickle files hold code and are not read; convert the model to "
                  "safetensors (in Python: model.save_pretrained(DIR, safe_serialization=True))");
    }
    if (extension == ".gguf" || extension == ".h5" || extension == ".msgpack" ||
        extension == ".onnx") {
      throw Error(shown(entry.path()) + ": this format is not read; take the model's safetensors");
    }
  }
  throw Error(fmt::format("{}: is missing, and so is {}", shown(path / kWeights), kIndex));
}

// As in transformers, the single file goes before the index where both are there.
std::vector<SafetensorsFile> open_weights(const fs::path& path) {
  if (present(path / kWeights)) {
    std::vector<SafetensorsFile> files;
    files.emplace_back(path / kWeights);
    return files;
  }
  if (present(path / kIndex)) return open_shards(path / kIndex);
  no_weights(path);
}

}  // namespace

ModelDir::ModelDir(const fs::path& path)
    : path_(check_directory(path)),
      config_(read_json_object(path_ / kConfig)),
      checkpoint_(open_weights(path_)) {
  if (present(path_ / kGenerationConfig)) {
    generation_config_ = read_json_object(path_ / kGenerationConfig);
  }
  if (config_.has("quantization_config")) {
    quantization_ = parse_quantization_config(config_.object("quantization_config"));
  }
  sentence_transformer_ = read_sentence_transformer(path_);
}

std::optional<fs::path> ModelDir::find_file(std::string_view name) const {
  fs::path path = path_ / name;
  if (!present(path)) return std::nullopt;
  return path;
}

std::vector<std::string> ModelDir::files_to_copy() const {
  std::vector<std::string> out;
  for (const char* name : kCompanions) {
    if (present(path_ / name)) out.emplace_back(name);
  }
  if (sentence_transformer_) {
    out.insert(out.end(), sentence_transformer_->files.begin(), sentence_transformer_->files.end());
  }
  std::sort(out.begin(), out.end());
  return out;
}

}  // namespace zerocl
