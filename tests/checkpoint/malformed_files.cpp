#include "tests/checkpoint/malformed_files.h"

#include <stdexcept>

#include "tests/checkpoint/malformed_cases.h"
#include "tests/temporary_directory.h"
#include "tests/checkpoint/tiny_model.h"

namespace zerocl::test {
namespace {

const std::vector<CaseRecipe>& recipes() {
  static const std::vector<CaseRecipe> all = [] {
    CaseList cases;
    add_safetensors_cases(cases);
    add_header_cases(cases);
    add_json_cases(cases);
    add_index_cases(cases);
    return cases.take();
  }();
  return all;
}

}  // namespace

void CaseList::content(std::string description, std::string content) {
  add(std::move(description), [file = file_, text = std::move(content)](const auto& directory) {
    std::filesystem::create_directories((directory / file).parent_path());
    write_bytes(directory / file, text);
  });
}

void CaseList::add(std::string description, std::function<void(const std::filesystem::path&)> spoil,
                   bool needs_family) {
  cases_.push_back({{group_, std::move(description), file_, needs_family}, std::move(spoil)});
}

const std::vector<HostileValue>& hostile_values() {
  static const std::vector<HostileValue> values = {
      {"0", "0"},
      {"1", "1"},
      {"-1", "-1"},
      {"2147483647", "2^31-1"},
      {"2147483648", "2^31"},
      {"4294967295", "2^32-1"},
      {"4294967296", "2^32"},
      {"9223372036854775807", "2^63-1"},
      {"9223372036854775808", "2^63"},
      {"18446744073709551615", "2^64-1"},
      {"18446744073709551616", "2^64"},
      {"-9223372036854775808", "-2^63"},
      {"-9223372036854775809", "-2^63-1"},
      {"1.5", "a fraction"},
      {"1e3", "a float"},
      {"1e308", "1e308"},
      {"\"16\"", "a string"},
      {"null", "null"},
      {"true", "true"},
      {"[]", "an array"},
      {"{}", "an object"},
  };
  return values;
}

std::size_t malformed_case_count() {
  return recipes().size();
}

MalformedCase malformed_case(std::size_t index) {
  return recipes().at(index).about;
}

MalformedCase write_malformed_case(std::size_t index, const std::filesystem::path& directory) {
  const CaseRecipe& recipe = recipes().at(index);
  if (std::filesystem::exists(directory) && !std::filesystem::is_empty(directory)) {
    throw std::runtime_error(directory.string() + " is not empty");
  }
  write_tiny_model(directory);
  recipe.spoil(directory);
  return recipe.about;
}

}  // namespace zerocl::test
