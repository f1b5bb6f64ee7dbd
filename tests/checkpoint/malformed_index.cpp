// model.safetensors.index.json, its shards, and directory entries that are no plain files.
#include <sys/stat.h>

#include <stdexcept>

#include "tests/checkpoint/malformed_cases.h"
#include "tests/temporary_directory.h"
#include "tests/checkpoint/tiny_model.h"

namespace zerocl::test {
namespace {

namespace fs = std::filesystem;

constexpr const char* kWeights = "model.safetensors";
constexpr const char* kIndex = "model.safetensors.index.json";
constexpr const char* kShards[] = {"model-00001-of-00002.safetensors",
                                   "model-00002-of-00002.safetensors"};

// The tiny model in two shards; tensor i goes to shard i % 2.
struct Sharded {
  RawSafetensors shards[2];
  std::vector<std::pair<std::string, std::string>> weight_map;  // name and file, as JSON

  std::string index() const {
    std::string map;
    for (const auto& [name, file] : weight_map) {
      if (!map.empty()) map += ',';
      map.append(name).append(":").append(file);
    }
    return R"({"metadata":{"total_size":1},"weight_map":{)" + map + "}}";
  }
  // In place of model.safetensors.
  void write(const fs::path& directory, const std::string& index_text) const {
    fs::remove(directory / kWeights);
    for (int i = 0; i < 2; ++i) write_bytes(directory / kShards[i], shards[i].bytes());
    write_bytes(directory / kIndex, index_text);
  }
};

Sharded tiny_shards() {
  Sharded out;
  const RawSafetensors whole = tiny_weights();
  for (std::size_t i = 0; i < whole.tensors.size(); ++i) {
    RawTensor tensor = whole.tensors[i];
    RawSafetensors& shard = out.shards[i % 2];
    const std::size_t begin = std::stoul(tensor.begin);
    const std::size_t end = std::stoul(tensor.end);
    tensor.begin = std::to_string(shard.data.size());
    shard.data += whole.data.substr(begin, end - begin);
    tensor.end = std::to_string(shard.data.size());
    shard.tensors.push_back(tensor);
    out.weight_map.emplace_back(tensor.name, "\"" + std::string(kShards[i % 2]) + "\"");
  }
  return out;
}

void add_index_text_cases(CaseList& cases) {
  cases.begin("index", kIndex);
  const Sharded good = tiny_shards();
  const std::string index = good.index();
  const auto text = [&](const std::string& description, const std::string& changed) {
    cases.add(description, [good, changed](const fs::path& dir) { good.write(dir, changed); });
  };
  for (std::size_t length = 0; length < index.size(); length += 41) {
    text("cut after " + std::to_string(length) + " bytes", index.substr(0, length));
  }
  for (const HostileText& hostile : hostile_json_texts(index)) text(hostile.name, hostile.text);
  for (const char* map : {"null", "[]", "7", "\"x\"", "{}"}) {
    text(std::string("weight_map is ") + map,
         R"({"metadata":{},"weight_map":)" + std::string(map) + "}");
  }
  text("no weight_map", R"({"metadata":{}})");

  const auto changed = [&](const std::string& description, const auto& change) {
    Sharded bad = good;
    change(bad);
    text(description, bad.index());
  };
  // What names a file outside the directory, or none, in place of the first shard.
  const char* files[] = {
      "7",
      "null",
      "[]",
      "{}",
      "true",
      "\"\"",
      "\".\"",
      "\"..\"",
      "\"/\"",
      "\"../model-00001-of-00002.safetensors\"",
      "\"./model-00001-of-00002.safetensors\"",
      "\"a/../model-00001-of-00002.safetensors\"",
      "\"a/b.safetensors\"",
      "\"/etc/passwd\"",
      "\"/tmp/x.safetensors\"",
      "\"..\\\\x.safetensors\"",
      "\"C:\\\\x.safetensors\"",
      "\"C:x.safetensors\"",
      "\"%2e%2e%2fx.safetensors\"",
      "\"~/x.safetensors\"",
      "\"config.json\"",
      "\"vocab.txt\"",
      "\"model-00001-of-00002.safetensors\\u0000\"",
      "\"model-00001-of-00002.safetensors\\u0000.safetensors\"",
      "\"x\\n.safetensors\"",
      "\"missing.safetensors\"",
      "\"model-00001-of-00002.SAFETENSORS\"",
  };
  for (const char* file : files) {
    changed(std::string("a tensor in the file ") + file,
            [&](Sharded& bad) { bad.weight_map[0].second = file; });
    changed(std::string("all tensors in the file ") + file, [&](Sharded& bad) {
      for (auto& entry : bad.weight_map) entry.second = file;
    });
  }
  changed("a file name of 300 bytes", [](Sharded& bad) {
    bad.weight_map[0].second = "\"" + std::string(300, 'a') + ".safetensors\"";
  });
  changed("1,001 files", [](Sharded& bad) {
    for (int i = 0; i < 1001; ++i) {
      const std::string number = std::to_string(i);
      bad.weight_map.emplace_back("\"t" + number + "\"", "\"s" + number + ".safetensors\"");
    }
  });
  changed("a tensor in the other shard",
          [](Sharded& bad) { std::swap(bad.weight_map[0].second, bad.weight_map[1].second); });
  changed("a tensor that no shard holds",
          [](Sharded& bad) { bad.weight_map.emplace_back("\"ghost\"", bad.weight_map[0].second); });
  changed("a tensor of a shard not listed",
          [](Sharded& bad) { bad.weight_map.erase(bad.weight_map.begin()); });
  changed("a shard not listed at all", [](Sharded& bad) {
    for (auto& entry : bad.weight_map) entry.second = "\"" + std::string(kShards[0]) + "\"";
  });
  changed("a tensor listed twice",
          [](Sharded& bad) { bad.weight_map.push_back(bad.weight_map[0]); });
  changed("a tensor listed twice, once with an escape", [](Sharded& bad) {
    bad.weight_map.emplace_back("\"\\u0065" + bad.weight_map[0].first.substr(2),
                                bad.weight_map[0].second);
  });
}

void add_shard_cases(CaseList& cases) {
  const Sharded good = tiny_shards();
  cases.begin("shard", kShards[1]);
  cases.add("missing", [good](const fs::path& dir) {
    good.write(dir, good.index());
    fs::remove(dir / kShards[1]);
  });
  cases.add("empty", [good](const fs::path& dir) {
    good.write(dir, good.index());
    fs::resize_file(dir / kShards[1], 0);
  });
  cases.add("cut short", [good](const fs::path& dir) {
    good.write(dir, good.index());
    fs::resize_file(dir / kShards[1], fs::file_size(dir / kShards[1]) - 1);
  });
  cases.add("a directory", [good](const fs::path& dir) {
    good.write(dir, good.index());
    fs::remove(dir / kShards[1]);
    fs::create_directory(dir / kShards[1]);
  });
  cases.add("a copy of the other", [good](const fs::path& dir) {
    good.write(dir, good.index());
    fs::copy_file(dir / kShards[0], dir / kShards[1], fs::copy_options::overwrite_existing);
  });
  cases.add("a tensor of the other shard as well", [good](const fs::path& dir) {
    Sharded bad = good;
    RawTensor again = bad.shards[0].tensors[0];
    again.shape = "[0]";
    again.begin = again.end = "0";
    bad.shards[1].tensors.push_back(again);
    bad.write(dir, bad.index());
  });
}

// Something in place of a file that `name` should be.
void add_entry_cases(CaseList& cases, const char* name) {
  cases.begin("directory entry", name);
  const std::string what = name;
  cases.add("a directory", [what](const fs::path& dir) {
    fs::remove(dir / what);
    fs::create_directory(dir / what);
  });
  cases.add("a FIFO", [what](const fs::path& dir) {
    fs::remove(dir / what);
    if (::mkfifo((dir / what).c_str(), 0600) != 0) throw std::runtime_error("mkfifo failed");
  });
  cases.add("a device", [what](const fs::path& dir) {
    fs::remove(dir / what);
    fs::create_symlink("/dev/zero", dir / what);
  });
  cases.add("a link to nothing", [what](const fs::path& dir) {
    fs::remove(dir / what);
    fs::create_symlink("nothing", dir / what);
  });
  cases.add("a link to itself", [what](const fs::path& dir) {
    fs::remove(dir / what);
    fs::create_symlink(what, dir / what);
  });
  cases.add("an empty file", [what](const fs::path& dir) {
    fs::remove(dir / what);
    write_bytes(dir / what, "");
  });
}

void add_missing_weights_cases(CaseList& cases) {
  cases.begin("no weights", kWeights);
  cases.add("no weights at all", [](const fs::path& dir) { fs::remove(dir / kWeights); });
  for (const char* other : {"pytorch_model.bin", "pytorch_model-00001-of-00002.bin", "model.gguf",
                            "tf_model.h5", "flax_model.msgpack", "model.pt"}) {
    cases.begin("no weights", other);
    cases.add(std::string("only ") + other, [other](const fs::path& dir) {
      fs::remove(dir / kWeights);
      write_bytes(dir / other, "PK\x03\x04");
    });
  }
}

}  // namespace

void add_index_cases(CaseList& cases) {
  add_index_text_cases(cases);
  add_shard_cases(cases);
  add_entry_cases(cases, kWeights);
  add_entry_cases(cases, "config.json");
  add_missing_weights_cases(cases);
}

}  // namespace zerocl::test
