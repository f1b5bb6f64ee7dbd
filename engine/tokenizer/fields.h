#pragma once

#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "engine/tokenizer/added_vocabulary.h"
#include "engine/tokenizer/tokenizer.h"

// Typed access to fields of untrusted JSON. `where` names the object in messages
// ("normalizer"); every function throws Error naming object and field.
namespace zerocl::fields {

using Json = nlohmann::json;

// Null and absent are the same in all of these.
bool has(const Json& object, const char* key);

const Json& object_at(const Json& object, const char* key, const std::string& where);
const Json& array_at(const Json& object, const char* key, const std::string& where);
std::string string_at(const Json& object, const char* key, const std::string& where);
bool bool_at(const Json& object, const char* key, const std::string& where);
// A non-negative integer.
std::uint64_t count_at(const Json& object, const char* key, const std::string& where);

std::optional<std::string> optional_string(const Json& object, const char* key,
                                           const std::string& where);
std::optional<bool> optional_bool(const Json& object, const char* key, const std::string& where);

// The "type" of a component.
std::string type_of(const Json& component, const std::string& where);

// A token id that is less than limit.
TokenId token_id(const Json& value, std::size_t limit, const std::string& where);

// A special token as tokenizer_config.json and special_tokens_map.json write it: a string, or an
// object with content and flags. nullopt: null or absent.
std::optional<AddedToken> special_token(const Json& object, const char* key,
                                        const std::string& where);

// {"content": ..., "lstrip": ...}: absent flags are false, absent normalized is !special.
AddedToken added_token(const Json& object, bool special, const std::string& where);

}  // namespace zerocl::fields
