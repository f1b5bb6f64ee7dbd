#pragma once

#include <filesystem>
#include <vector>

#include "engine/checkpoint/safetensors.h"

namespace zerocl {

// Opens the shards that a model.safetensors.index.json lists, in the order of their names. Throws
// Error unless index and shards agree entirely: shard names are plain file names in the index's
// directory, every listed tensor is in the shard that the index says, and no shard holds another.
std::vector<SafetensorsFile> open_shards(const std::filesystem::path& index_path);

}  // namespace zerocl
