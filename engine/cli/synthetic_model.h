#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace zerocl::cli {

// The shapes that have a name here: bert-base, gpt2, ...
std::vector<std::string> synthetic_shapes();

// How wide its layers are. Throws Error (usage) where there is no such shape.
struct ShapeWidths {
  std::int64_t hidden, inner;
};
ShapeWidths shape_widths(const std::string& shape);

// A directory for the length of a scope, under the system's directory for temporary files.
class TemporaryDirectory {
 public:
  TemporaryDirectory();
  ~TemporaryDirectory();
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

// Writes a model directory of the named shape: float16 weights from a fixed generator, normally
// distributed as a fresh Hugging Face model's are (standard deviation 0.02, gammas 1, biases 0). It
// has the speed of a trained model of that shape, and no sense; it has no tokenizer. Throws Error.
void write_synthetic_model(const std::string& shape, const std::filesystem::path& directory);

}  // namespace zerocl::cli
