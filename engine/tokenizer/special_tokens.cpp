#include "engine/tokenizer/special_tokens.h"

#include <array>
#include <string>

#include "engine/tokenizer/fields.h"
#include "engine/tokenizer/files.h"

namespace zerocl {
namespace {

struct Role {
  const char* key;
  std::optional<AddedToken> SpecialTokenNames::*name;
  std::optional<TokenId> SpecialTokens::*id;
  std::array<const char*, 3> conventional;  // first one that exists
};

constexpr std::array<Role, 7> kRoles{{
    {"cls_token", &SpecialTokenNames::cls, &SpecialTokens::cls, {"[CLS]", "<s>", nullptr}},
    {"sep_token", &SpecialTokenNames::sep, &SpecialTokens::sep, {"[SEP]", "</s>", nullptr}},
    {"pad_token", &SpecialTokenNames::pad, &SpecialTokens::pad, {"[PAD]", "<pad>", nullptr}},
    {"unk_token", &SpecialTokenNames::unk, &SpecialTokens::unk, {"[UNK]", "<unk>", nullptr}},
    {"mask_token", &SpecialTokenNames::mask, &SpecialTokens::mask, {"[MASK]", "<mask>", nullptr}},
    {"bos_token", &SpecialTokenNames::bos, &SpecialTokens::bos, {"<s>", "<|endoftext|>", nullptr}},
    {"eos_token", &SpecialTokenNames::eos, &SpecialTokens::eos, {"</s>", "<|endoftext|>", nullptr}},
}};

void read_names(const nlohmann::json& json, const std::string& where, SpecialTokenNames& names) {
  for (const Role& role : kRoles) {
    auto& name = names.*role.name;
    if (name) continue;
    name = fields::special_token(json, role.key, where);
    if (name && role.name == &SpecialTokenNames::mask) {
      names.mask_has_flags = json.at(role.key).is_object();
    }
  }
  if (!names.additional.empty() || !fields::has(json, "additional_special_tokens")) return;
  for (const auto& token : fields::array_at(json, "additional_special_tokens", where)) {
    const nlohmann::json wrapped{{"token", token}};
    if (auto named = fields::special_token(wrapped, "token", where)) {
      names.additional.push_back(*std::move(named));
    }
  }
}

}  // namespace

SpecialTokenNames read_special_token_names(const std::filesystem::path& model_dir,
                                           const nlohmann::json& tokenizer_config) {
  SpecialTokenNames names;
  read_names(tokenizer_config, (model_dir / "tokenizer_config.json").string(), names);
  const std::filesystem::path map = model_dir / "special_tokens_map.json";
  read_names(files::read_json_object_if_exists(map), map.string(), names);
  return names;
}

SpecialTokens special_token_ids(const SpecialTokenNames& names, const AddedVocabulary& added,
                                const Vocabulary& vocabulary) {
  SpecialTokens special;
  for (const Role& role : kRoles) {
    const auto& name = names.*role.name;
    if (!name) continue;
    TokenId id = added.find(name->content);
    if (id < 0) id = vocabulary.find(name->content);
    if (id >= 0) special.*role.id = id;
  }
  return special;
}

void fill_conventional_roles(SpecialTokens& special, const AddedVocabulary& added) {
  for (const Role& role : kRoles) {
    for (const char* token : role.conventional) {
      if (special.*role.id || token == nullptr) break;
      if (!added.is_special(token)) continue;
      special.*role.id = added.find(token);
    }
  }
}

}  // namespace zerocl
