#include "engine/checkpoint/shard_index.h"

#include <fmt/format.h>

#include <map>
#include <set>
#include <string>
#include <system_error>

#include "engine/checkpoint/file.h"
#include "engine/checkpoint/json_file.h"
#include "engine/checkpoint/printable.h"
#include "host/error.h"

namespace zerocl {
namespace {

constexpr std::string_view kSuffix = ".safetensors";
constexpr std::size_t kMaxShards = 1000;  // each holds a file descriptor; usual systems allow 1024

using TensorsByShard = std::map<std::string, std::set<std::string>>;

TensorsByShard read_weight_map(const JsonObject& index) {
  const JsonObject weight_map = index.object("weight_map");
  TensorsByShard shards;
  for (const std::string& tensor : weight_map.keys()) {
    const auto shard = weight_map.get<std::string>(tensor);
    if (!is_plain_file_name(shard) || !std::string_view(shard).ends_with(kSuffix)) {
      weight_map.fail(tensor,
                      fmt::format("must be the plain name of a .safetensors file, found \"{}\"",
                                  printable(shard)));
    }
    shards[shard].insert(tensor);
  }
  if (shards.empty()) index.fail("weight_map", "names no tensors");
  if (shards.size() > kMaxShards) {
    index.fail("weight_map",
               fmt::format("names {} files, more than {}", shards.size(), kMaxShards));
  }
  return shards;
}

void check_agreement(const SafetensorsFile& shard, const std::set<std::string>& listed,
                     const std::string& index) {
  for (const std::string& tensor : listed) {
    if (shard.find(tensor) == nullptr) {
      throw Error(fmt::format("{}: says that tensor \"{}\" is in {}, which does not hold it", index,
                              printable(tensor), shard.name()));
    }
  }
  for (const StoredTensor& tensor : shard.tensors()) {
    if (listed.count(tensor.name) == 0) {
      throw Error(fmt::format("{}: does not say that tensor \"{}\" is in {}, which holds it", index,
                              printable(tensor.name), shard.name()));
    }
  }
}

}  // namespace

std::vector<SafetensorsFile> open_shards(const std::filesystem::path& index_path) {
  const JsonObject index = read_json_object(index_path);
  const TensorsByShard by_shard = read_weight_map(index);
  std::vector<SafetensorsFile> files;
  files.reserve(by_shard.size());
  for (const auto& [shard, listed] : by_shard) {
    const std::filesystem::path path = index_path.parent_path() / shard;
    std::error_code error;
    if (!std::filesystem::exists(path, error)) {
      throw Error(fmt::format("{}: names the file {}, which is missing", index.file(),
                              printable(path.string(), 4096)));
    }
    files.emplace_back(path);
    check_agreement(files.back(), listed, index.file());
  }
  return files;
}

}  // namespace zerocl
