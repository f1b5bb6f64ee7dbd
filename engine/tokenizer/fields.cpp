#include "engine/tokenizer/fields.h"

#include "host/error.h"

namespace zerocl::fields {
namespace {

const Json& field(const Json& object, const char* key, const std::string& where) {
  if (!object.is_object()) throw Error(where + " is not an object");
  const auto found = object.find(key);
  if (found == object.end() || found->is_null()) {
    throw Error(where + " lacks \"" + std::string(key) + "\"");
  }
  return *found;
}

[[noreturn]] void wrong(const char* key, const std::string& where, const char* expected) {
  throw Error(where + ": \"" + std::string(key) + "\" is not " + expected);
}

}  // namespace

bool has(const Json& object, const char* key) {
  if (!object.is_object()) return false;
  const auto found = object.find(key);
  return found != object.end() && !found->is_null();
}

const Json& object_at(const Json& object, const char* key, const std::string& where) {
  const Json& value = field(object, key, where);
  if (!value.is_object()) wrong(key, where, "an object");
  return value;
}

const Json& array_at(const Json& object, const char* key, const std::string& where) {
  const Json& value = field(object, key, where);
  if (!value.is_array()) wrong(key, where, "an array");
  return value;
}

std::string string_at(const Json& object, const char* key, const std::string& where) {
  const Json& value = field(object, key, where);
  if (!value.is_string()) wrong(key, where, "a string");
  return value.get<std::string>();
}

bool bool_at(const Json& object, const char* key, const std::string& where) {
  const Json& value = field(object, key, where);
  if (!value.is_boolean()) wrong(key, where, "true or false");
  return value.get<bool>();
}

std::uint64_t count_at(const Json& object, const char* key, const std::string& where) {
  const Json& value = field(object, key, where);
  if (!value.is_number_unsigned()) wrong(key, where, "a non-negative integer");
  return value.get<std::uint64_t>();
}

std::optional<std::string> optional_string(const Json& object, const char* key,
                                           const std::string& where) {
  if (!has(object, key)) return std::nullopt;
  return string_at(object, key, where);
}

std::optional<bool> optional_bool(const Json& object, const char* key, const std::string& where) {
  if (!has(object, key)) return std::nullopt;
  return bool_at(object, key, where);
}

std::string type_of(const Json& component, const std::string& where) {
  return string_at(component, "type", where);
}

TokenId token_id(const Json& value, std::size_t limit, const std::string& where) {
  if (!value.is_number_unsigned() || value.get<std::uint64_t>() >= limit) {
    throw Error(where + ": the token id " + value.dump() + " is out of range");
  }
  return static_cast<TokenId>(value.get<std::uint64_t>());
}

std::optional<AddedToken> special_token(const Json& object, const char* key,
                                        const std::string& where) {
  if (!has(object, key)) return std::nullopt;
  const Json& value = object.at(key);
  if (value.is_object()) return added_token(value, true, where + ": " + key);
  AddedToken token;
  token.content = string_at(object, key, where);
  token.normalized = false;
  token.special = true;
  return token;
}

AddedToken added_token(const Json& object, bool special, const std::string& where) {
  AddedToken token;
  token.content = string_at(object, "content", where);
  token.special = special;
  token.single_word = optional_bool(object, "single_word", where).value_or(false);
  token.lstrip = optional_bool(object, "lstrip", where).value_or(false);
  token.rstrip = optional_bool(object, "rstrip", where).value_or(false);
  token.normalized = optional_bool(object, "normalized", where).value_or(!special);
  return token;
}

}  // namespace zerocl::fields
