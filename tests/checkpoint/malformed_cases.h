// How the parts of malformed_files list their cases; for them alone.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "tests/checkpoint/malformed_files.h"

namespace zerocl::test {

struct CaseRecipe {
  MalformedCase about;
  std::function<void(const std::filesystem::path& directory)> spoil;  // the tiny model stands there
};

class CaseList {
 public:
  // The next cases belong to this group and this file.
  void begin(std::string group, std::string file) {
    group_ = std::move(group);
    file_ = std::move(file);
  }
  // The file is replaced by `content`.
  void content(std::string description, std::string content);
  // Anything else.
  void add(std::string description, std::function<void(const std::filesystem::path&)> spoil,
           bool needs_family = false);

  std::vector<CaseRecipe> take() { return std::move(cases_); }

 private:
  std::string group_, file_;
  std::vector<CaseRecipe> cases_;
};

// A JSON number, and what it is called, that lies at a border of some integer type or is none.
struct HostileValue {
  std::string json;
  std::string name;
};
const std::vector<HostileValue>& hostile_values();

// JSON texts that must be refused whatever the file: `good` is a valid object in the file's sense.
struct HostileText {
  std::string text;
  std::string name;
};
std::vector<HostileText> hostile_json_texts(const std::string& good);

void add_safetensors_cases(
    CaseList& cases);                    // malformed_safetensors.cpp: lengths, sizes, truncation
void add_header_cases(CaseList& cases);  // malformed_header.cpp: structure and JSON of the header
void add_json_cases(CaseList& cases);    // malformed_json.cpp: config.json and the optional files
void add_index_cases(CaseList& cases);   // malformed_index.cpp: shards and directories

}  // namespace zerocl::test
