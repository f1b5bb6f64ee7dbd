#include "engine/tokenizer/vocabulary.h"

#include "host/error.h"

namespace zerocl {

void Vocabulary::set(std::string_view token, std::size_t id) {
  if (id >= by_id_.size()) by_id_.resize(id + 1);
  by_id_[id] = std::string(token);
}

void Vocabulary::add(std::string_view token, std::int64_t id, std::size_t max_ids) {
  const std::string what = "token \"" + std::string(token) + "\": id " + std::to_string(id);
  if (id < 0 || static_cast<std::size_t>(id) >= max_ids) throw Error(what + " is out of range");
  const auto index = static_cast<std::size_t>(id);
  if (index < by_id_.size() && by_id_[index]) {
    throw Error(what + " is also the id of \"" + *by_id_[index] + "\"");
  }
  if (tokens_.find(token) >= 0) throw Error(what + " is its second id");
  tokens_.insert(token, static_cast<TokenId>(id));
  set(token, index);
}

void Vocabulary::add_or_move(std::string_view token, TokenId id) {
  tokens_.insert(token, id);
  set(token, static_cast<std::size_t>(id));
}

const std::string* Vocabulary::token(TokenId id) const {
  if (id < 0 || static_cast<std::size_t>(id) >= by_id_.size()) return nullptr;
  const std::optional<std::string>& token = by_id_[static_cast<std::size_t>(id)];
  return token ? &*token : nullptr;
}

}  // namespace zerocl
