#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "engine/checkpoint/stored_type.h"

namespace zerocl {

// One tensor of a safetensors file.
struct StoredTensor {
  std::string name;
  StoredType type = StoredType::f32;
  Shape shape;
  std::uint64_t offset = 0;  // of its first byte in the file
  std::uint64_t bytes = 0;
};

struct SafetensorsHeader {
  std::vector<StoredTensor> tensors;  // in the order of their data, names unique
  std::map<std::string, std::string> metadata;
};

// Limits of a file, on reading and on writing.
inline constexpr std::uint64_t kSafetensorsMaxHeader =
    100'000'000;                                                // bytes; the format's own limit
inline constexpr std::size_t kSafetensorsMaxTensors = 131'072;  // per file
inline constexpr std::size_t kSafetensorsMaxRank = 8;
inline constexpr std::size_t kSafetensorsMaxName = 1024;  // bytes

// Parses and checks the JSON header of a file with `data_bytes` bytes of data from byte
// `data_offset`. Accepts exactly the files that have one meaning: strict UTF-8 JSON, no key twice,
// only spaces after it, only the three known keys per tensor, sizes that follow from type and
// shape, and data without hole, overlap or rest. Throws Error naming `file` and the tensor.
// (Format: github.com/huggingface/safetensors, README and safetensors/src/tensor.rs.)
SafetensorsHeader parse_safetensors_header(std::string_view text, std::uint64_t data_offset,
                                           std::uint64_t data_bytes, const std::string& file);

// The header text for tensors with `offset` counted from the start of the data, in the order given,
// padded with spaces so that 8 + its length, where the data begins, is a multiple of 8.
std::string format_safetensors_header(const SafetensorsHeader& header);

}  // namespace zerocl
