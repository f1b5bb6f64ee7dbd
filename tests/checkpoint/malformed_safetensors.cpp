// Lengths, sizes, offsets and truncation of model.safetensors.
#include <cstdint>

#include "tests/checkpoint/malformed_cases.h"
#include "tests/temporary_directory.h"
#include "tests/checkpoint/tiny_model.h"

namespace zerocl::test {
namespace {

namespace fs = std::filesystem;

constexpr const char* kFile = "model.safetensors";

// First, last and one in the middle: readers treat the borders differently.
std::vector<std::size_t> chosen_tensors(const RawSafetensors& file) {
  return {0, file.tensors.size() / 2, file.tensors.size() - 1};
}

void add_length_cases(CaseList& cases) {
  cases.begin("header length", kFile);
  const RawSafetensors file = tiny_weights();
  const std::string header = file.header();
  const std::uint64_t right = header.size();
  const std::uint64_t lengths[] = {
      0,
      1,
      2,
      7,
      8,
      right - 8,
      right - 1,
      right + 1,
      right + 8,
      right + file.data.size(),      // the data is claimed as header
      right + file.data.size() + 1,  // one byte more than there is
      100'000'000,
      100'000'001,
      0x7fffffff,
      0x80000000,
      0xffffffff,
      0x100000000,
      0x7fffffffffffffff,
      0x8000000000000000,
      0xffffffffffffffff,  // 8 + length wraps to 7
      0xfffffffffffffff8,  // ... to 0
  };
  for (const std::uint64_t length : lengths) {
    cases.content("header length " + std::to_string(length),
                  length_field(length) + header + file.data);
  }
  cases.content("header length in big endian", [&] {
    std::string field = length_field(right);
    return std::string(field.rbegin(), field.rend()) + header + file.data;
  }());
}

void add_truncation_cases(CaseList& cases) {
  cases.begin("truncation", kFile);
  const RawSafetensors file = tiny_weights();
  const std::size_t header_end = 8 + file.header().size();
  const std::size_t total = header_end + file.data.size();
  const auto cut = [&cases](std::size_t length) {
    cases.add("cut after " + std::to_string(length) + " bytes",
              [length](const fs::path& directory) { fs::resize_file(directory / kFile, length); });
  };
  for (std::size_t length = 0; length <= header_end; ++length) cut(length);
  for (std::size_t length = header_end + 97; length < total; length += 97) cut(length);
  for (std::size_t missing = 1; missing <= 8; ++missing) cut(total - missing);
}

void add_offset_cases(CaseList& cases) {
  cases.begin("data_offsets", kFile);
  const RawSafetensors good = tiny_weights();
  for (const std::size_t i : chosen_tensors(good)) {
    for (const HostileValue& value : hostile_values()) {
      RawSafetensors begin = good;
      begin.tensors[i].begin = value.json;
      if (begin.bytes() != good.bytes()) {
        cases.content("begin of tensor " + std::to_string(i) + ": " + value.name, begin.bytes());
      }
      RawSafetensors end = good;
      end.tensors[i].end = value.json;
      cases.content("end of tensor " + std::to_string(i) + ": " + value.name, end.bytes());
      RawSafetensors both = good;
      both.tensors[i].begin = both.tensors[i].end = value.json;
      cases.content("begin and end of tensor " + std::to_string(i) + ": " + value.name,
                    both.bytes());
    }
  }
}

void add_shape_cases(CaseList& cases) {
  cases.begin("shape", kFile);
  const RawSafetensors good = tiny_weights();
  const auto put = [&](std::size_t i, const std::string& shape, const std::string& name) {
    RawSafetensors bad = good;
    bad.tensors[i].shape = shape;
    cases.content("shape of tensor " + std::to_string(i) + ": " + name, bad.bytes());
  };
  for (const std::size_t i : chosen_tensors(good)) {
    for (const HostileValue& value : hostile_values()) {
      put(i, "[" + value.json + "]", "[" + value.name + "]");
      put(i, "[17," + value.json + ",16]", "[17, " + value.name + ", 16]");
    }
    // Products that wrap 64 bits to 0, to a small number, or to the right number of elements.
    put(i, "[4294967296,4294967296]", "2^32 * 2^32");
    put(i, "[9223372036854775807,2]", "(2^63-1) * 2");
    put(i, "[4611686018427387904,4]", "2^62 * 4 (0 elements after wrapping)");
    put(i, "[4611686018427387908]", "2^62 + 4 (16 bytes after wrapping)");
    put(i, "[4611686018427387920]", "2^62 + 16 (64 bytes after wrapping)");
    put(i, "[9223372036854775807,9223372036854775807,0]", "overflow before a 0");
    put(i, "[4294967296,4294967296,0]", "2^32 * 2^32 * 0");
    put(i, "[1,1,1,1,1,1,1,1,16]", "nine dimensions");
    put(i, "16", "no array");
    put(i, "null", "null");
    put(i, "\"[16]\"", "a string");
    put(i, "{\"0\":16}", "an object");
    put(i, "[[16]]", "nested");
    put(i, "[16.0]", "a float");
    put(i, "[]", "a scalar");
  }
}

void add_dtype_cases(CaseList& cases) {
  cases.begin("dtype", kFile);
  const RawSafetensors good = tiny_weights();
  const char* types[] = {
      "\"F64\"",  "\"F16\"",  "\"BF16\"",       "\"I64\"",  "\"U64\"",  "\"I16\"", "\"I8\"",
      "\"U8\"",   "\"BOOL\"", "\"F4\"",         "\"F8\"",   "\"F128\"", "\"f32\"", "\"\"",
      "\"F32 \"", "\" F32\"", "\"F32\\u0000\"", "\"Q4_0\"", "null",     "7",       "[\"F32\"]",
      "{}",       "true"};
  for (const std::size_t i : chosen_tensors(good)) {
    for (const char* type : types) {
      RawSafetensors bad = good;
      bad.tensors[i].dtype = type;
      cases.content("dtype of tensor " + std::to_string(i) + ": " + type, bad.bytes());
    }
  }
}

void add_tiling_cases(CaseList& cases) {
  cases.begin("tiling", kFile);
  const RawSafetensors good = tiny_weights();
  const auto shift = [](RawTensor& tensor, std::int64_t by) {
    tensor.begin = std::to_string(std::stoll(tensor.begin) + by);
    tensor.end = std::to_string(std::stoll(tensor.end) + by);
  };
  for (const std::int64_t gap : {1, 8, 4096}) {
    for (const std::size_t first : chosen_tensors(good)) {
      RawSafetensors bad = good;
      for (std::size_t i = first; i < bad.tensors.size(); ++i) shift(bad.tensors[i], gap);
      bad.data.append(static_cast<std::size_t>(gap), '\0');
      cases.content(std::to_string(gap) + " bytes between tensors, before " + std::to_string(first),
                    bad.bytes());
    }
    RawSafetensors trailing = good;
    trailing.data.append(static_cast<std::size_t>(gap), 'x');
    cases.content(std::to_string(gap) + " trailing bytes", trailing.bytes());
  }
  for (std::size_t i = 1; i < good.tensors.size(); ++i) {
    RawSafetensors overlap = good;
    shift(overlap.tensors[i], -4);
    cases.content("tensor " + std::to_string(i) + " begins inside the one before", overlap.bytes());
  }
  RawSafetensors shared = good;
  shared.tensors.push_back(shared.tensors.back());
  shared.tensors.back().name = "\"pooler.dense.again\"";
  cases.content("two tensors on one region", shared.bytes());
  RawSafetensors missing = good;
  missing.tensors.erase(missing.tensors.begin() + 3);
  cases.content("data that no tensor covers", missing.bytes());
  RawSafetensors none = good;
  none.tensors.clear();
  cases.content("data without tensors", none.bytes());
  RawSafetensors reversed = good;
  std::swap(reversed.tensors[2].begin, reversed.tensors[2].end);
  cases.content("begin and end exchanged", reversed.bytes());
  cases.add("64 GiB of holes after the data", [](const fs::path& directory) {
    fs::resize_file(directory / kFile, 64ULL << 30);  // sparse: takes no space
  });
}

}  // namespace

void add_safetensors_cases(CaseList& cases) {
  add_length_cases(cases);
  add_truncation_cases(cases);
  add_offset_cases(cases);
  add_shape_cases(cases);
  add_dtype_cases(cases);
  add_tiling_cases(cases);
}

}  // namespace zerocl::test
