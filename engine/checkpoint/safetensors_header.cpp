#include "engine/checkpoint/safetensors_header.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>
#include <tuple>
#include <utility>

#include "engine/checkpoint/json_file.h"
#include "engine/checkpoint/printable.h"
#include "host/error.h"

namespace zerocl {
namespace {

using nlohmann::json;

constexpr const char* kMetadata = "__metadata__";

// Everything that can be wrong with one tensor's entry is told through this.
class EntryReader {
 public:
  EntryReader(const std::string& file, const std::string& name) : file_(file), name_(name) {}

  // Offsets of the result count from the start of the data.
  StoredTensor read(const json& entry, std::uint64_t data_bytes) const {
    check_name();
    if (!entry.is_object()) fail("its entry is not a JSON object");
    for (const auto& item : entry.items()) {
      const std::string& key = item.key();
      if (key != "dtype" && key != "shape" && key != "data_offsets") {
        fail(fmt::format("unknown key \"{}\"", printable(key)));
      }
    }
    StoredTensor tensor;
    tensor.name = name_;
    tensor.type = read_type(member(entry, "dtype"));
    tensor.shape = read_shape(member(entry, "shape"));
    read_offsets(member(entry, "data_offsets"), data_bytes, tensor);
    const auto expected = byte_count(tensor.type, tensor.shape);
    if (!expected) fail(fmt::format("the size of shape {} overflows", shape_text(tensor.shape)));
    if (*expected != tensor.bytes) {
      fail(fmt::format("{} {} takes {} bytes, but its data_offsets span {}",
                       stored_type_name(tensor.type), shape_text(tensor.shape), *expected,
                       tensor.bytes));
    }
    return tensor;
  }

  [[noreturn]] void fail(const std::string& message) const {
    throw Error(fmt::format("{}: tensor \"{}\": {}", file_, printable(name_), message));
  }

 private:
  void check_name() const {
    if (name_.empty()) fail("has an empty name");
    if (name_.size() > kSafetensorsMaxName) {
      fail(fmt::format("its name has {} bytes, more than {}", name_.size(), kSafetensorsMaxName));
    }
    if (!is_clean_utf8(name_)) fail("its name holds control characters");
  }

  const json& member(const json& entry, const char* key) const {
    const auto found = entry.find(key);
    if (found == entry.end()) fail(fmt::format("\"{}\" is missing", key));
    return *found;
  }

  StoredType read_type(const json& value) const {
    if (!value.is_string()) fail("\"dtype\" is not a string");
    const auto& spelled = value.get_ref<const std::string&>();
    const auto type = parse_stored_type(spelled);
    if (!type) fail(fmt::format("unknown dtype \"{}\"", printable(spelled, 40)));
    return *type;
  }

  Shape read_shape(const json& value) const {
    if (!value.is_array()) fail("\"shape\" is not an array");
    if (value.size() > kSafetensorsMaxRank) {
      fail(fmt::format("has {} dimensions, more than {}", value.size(), kSafetensorsMaxRank));
    }
    Shape shape;
    for (const json& size : value) {
      // Negative numbers, fractions and what exceeds 64 bits are not "unsigned" to the parser.
      if (!size.is_number_unsigned() ||
          size.get<std::uint64_t>() >
              static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
        fail(fmt::format("dimension {} of \"shape\" is not an integer from 0 to 2^63 - 1",
                         shape.size()));
      }
      shape.push_back(size.get<std::int64_t>());
    }
    return shape;
  }

  void read_offsets(const json& value, std::uint64_t data_bytes, StoredTensor& tensor) const {
    if (!value.is_array() || value.size() != 2 || !value[0].is_number_unsigned() ||
        !value[1].is_number_unsigned()) {
      fail("\"data_offsets\" is not an array of two integers from 0 to 2^64 - 1");
    }
    const auto begin = value[0].get<std::uint64_t>();
    const auto end = value[1].get<std::uint64_t>();
    if (begin > end) fail(fmt::format("its data ends at {}, before its begin {}", end, begin));
    if (end > data_bytes) {
      fail(fmt::format("its data ends at byte {}, beyond the {} bytes of data in the file", end,
                       data_bytes));
    }
    tensor.offset = begin;
    tensor.bytes = end - begin;
  }

  const std::string& file_;
  const std::string& name_;
};

std::map<std::string, std::string> read_metadata(const json& value, const std::string& file) {
  if (!value.is_object()) throw Error(fmt::format("{}: \"{}\" is not an object", file, kMetadata));
  std::map<std::string, std::string> out;
  for (const auto& item : value.items()) {
    if (!item.value().is_string()) {
      throw Error(fmt::format("{}: \"{}\": the value of \"{}\" is not a string", file, kMetadata,
                              printable(item.key())));
    }
    out.emplace(item.key(), item.value().get<std::string>());
  }
  return out;
}

// The tensors must tile the data: each begins where the one before ended, the last ends at the end.
void check_tiling(const std::vector<StoredTensor>& tensors, std::uint64_t data_bytes,
                  const std::string& file) {
  std::uint64_t end = 0;
  for (const StoredTensor& tensor : tensors) {
    if (tensor.offset != end) {
      EntryReader(file, tensor.name)
          .fail(fmt::format("its data begins at {}, but the data before it ends at {} ({})",
                            tensor.offset, end, tensor.offset < end ? "they overlap" : "a gap"));
    }
    end += tensor.bytes;  // cannot wrap: every end is at most data_bytes
  }
  if (end != data_bytes) {
    throw Error(fmt::format("{}: {} bytes after the last tensor's data belong to no tensor", file,
                            data_bytes - end));
  }
}

json parse_header_json(std::string_view text, const std::string& file) {
  if (text.empty() || text.front() != '{') {
    throw Error(
        fmt::format("{}: not a safetensors file: the header does not begin with '{{'", file));
  }
  const std::size_t last = text.find_last_not_of(' ');
  if (text[last] != '}') {
    throw Error(fmt::format("{}: the safetensors header does not end with '}}' and spaces", file));
  }
  JsonLimits limits;
  limits.max_bytes = kSafetensorsMaxHeader;
  limits.max_depth = 3;  // header, entry, shape
  // An entry is an object, a string and two arrays: at most 6 + rank values. Metadata fits as well.
  limits.max_values = (kSafetensorsMaxTensors + 1) * (6 + kSafetensorsMaxRank);
  return parse_json(text.substr(0, last + 1), file, limits);
}

}  // namespace

SafetensorsHeader parse_safetensors_header(std::string_view text, std::uint64_t data_offset,
                                           std::uint64_t data_bytes, const std::string& file) {
  const json root = parse_header_json(text, file);
  SafetensorsHeader header;
  for (const auto& item : root.items()) {
    if (item.key() == kMetadata) {
      header.metadata = read_metadata(item.value(), file);
      continue;
    }
    if (header.tensors.size() == kSafetensorsMaxTensors) {
      throw Error(fmt::format("{}: has more than {} tensors", file, kSafetensorsMaxTensors));
    }
    header.tensors.push_back(EntryReader(file, item.key()).read(item.value(), data_bytes));
  }
  // Tensors without elements share their offset with a neighbour; they come first.
  std::sort(header.tensors.begin(), header.tensors.end(),
            [](const StoredTensor& a, const StoredTensor& b) {
              return std::tie(a.offset, a.bytes, a.name) < std::tie(b.offset, b.bytes, b.name);
            });
  check_tiling(header.tensors, data_bytes, file);
  for (StoredTensor& tensor : header.tensors) tensor.offset += data_offset;
  return header;
}

std::string format_safetensors_header(const SafetensorsHeader& header) {
  std::string text = "{";
  if (!header.metadata.empty()) text += json(kMetadata).dump() + ':' + json(header.metadata).dump();
  for (const StoredTensor& tensor : header.tensors) {
    // Keys in the order in which the format's own library writes them.
    nlohmann::ordered_json entry;
    entry["dtype"] = stored_type_name(tensor.type);
    entry["shape"] = tensor.shape;
    entry["data_offsets"] = {tensor.offset, tensor.offset + tensor.bytes};
    if (text.size() > 1) text += ',';
    text += json(tensor.name).dump() + ':' + entry.dump();
  }
  text += '}';
  text.append((8 - text.size() % 8) % 8, ' ');
  return text;
}

}  // namespace zerocl
