#pragma once

#include <cstddef>
#include <filesystem>
#include <string>

namespace zerocl::test {

// A model directory that a reader must refuse. Cases are numbered, the same number is always the
// same case; each is the tiny model (tiny_model.h) with one thing wrong, so that nothing else can
// be the reason for its refusal.
struct MalformedCase {
  std::string group;        // what is attacked: "header length", "truncation", "index", ...
  std::string description;  // e.g. "header length 2^63"
  std::string file;         // the file at fault, relative to the directory: errors must name it
  // The files are formally right; only a reader that knows the model family can refuse them (a
  // hidden_size that the tensors contradict).
  bool needs_family = false;
};

std::size_t malformed_case_count();

// The case without writing it.
MalformedCase malformed_case(std::size_t index);

// Writes case `index` into `directory`, which is made and must be empty or absent.
MalformedCase write_malformed_case(std::size_t index, const std::filesystem::path& directory);

}  // namespace zerocl::test
