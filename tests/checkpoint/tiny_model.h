#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace zerocl::test {

// The text of one tensor's entry in a safetensors header, each part as JSON, so that a test can lie
// in any of them.
struct RawTensor {
  std::string name;   // with its quotes
  std::string dtype;  // with its quotes
  std::string shape;  // "[16, 32]"
  std::string begin, end;

  std::string text() const;
};

// A safetensors file before it is put together.
struct RawSafetensors {
  std::string metadata = R"({"format":"pt"})";  // "": none
  std::vector<RawTensor> tensors;
  std::string data;

  // The header's JSON, padded by spaces to 8 bytes.
  std::string header() const;
  std::string bytes() const { return join(header(), data); }
  // Length, header, data; the length as it should be.
  static std::string join(const std::string& header, const std::string& data);
};

// `length` as the eight bytes that open a safetensors file.
std::string length_field(std::uint64_t length);

// Weights and config of a BERT encoder with 1 layer of 16 x 2 heads and a vocabulary of 16: the
// smallest model directory that is right in every respect.
RawSafetensors tiny_weights();
std::string tiny_config();

// Writes the model with its vocab.txt into `directory`, which is made where it is not there.
void write_tiny_model(const std::filesystem::path& directory);

}  // namespace zerocl::test
