#include "engine/tokenizer/byte_pair.h"

#include "engine/tokenizer/byte_level.h"
#include "engine/tokenizer/gpt2_split.h"
#include "host/error.h"

namespace zerocl {

BytePair::BytePair(const Vocabulary& vocabulary, const std::vector<Merge>& merges,
                   const BytePairOptions& options)
    : options_(options),
      known_(std::make_unique<std::atomic<Known>[]>(vocabulary.id_limit())),
      characters_(unicode::table()) {
  bool all_bytes = true;
  for (std::size_t byte = 0; byte < byte_.size(); ++byte) {
    byte_[byte] = vocabulary.find(byte_level_alphabet()[byte]);
    all_bytes = all_bytes && byte_[byte] >= 0;
  }
  if (options.unk_token) unk_ = vocabulary.find(*options.unk_token);
  if (options.unk_token && unk_ < 0 && !all_bytes) {
    throw Error("the unknown token \"" + *options.unk_token + "\" is not in the vocabulary");
  }
  const auto& tokens = vocabulary.by_id();
  for (std::size_t id = 0; id < tokens.size(); ++id) {
    if (!tokens[id]) continue;
    if (const auto bytes = byte_level_bytes(*tokens[id])) {
      words_.insert(*bytes, static_cast<TokenId>(id));
    }
  }
  const auto id_of = [&](const std::string& token, std::size_t rank) {
    const TokenId id = vocabulary.find(token);
    if (id < 0) {
      throw Error("merge " + std::to_string(rank) + " needs the token \"" + token +
                  "\", which is not in the vocabulary");
    }
    return id;
  };
  for (std::size_t rank = 0; rank < merges.size(); ++rank) {
    const auto& [left, right] = merges[rank];
    const TokenId left_id = id_of(left, rank);
    const TokenId right_id = id_of(right, rank);
    merges_.insert(left_id, right_id,
                   {static_cast<std::uint32_t>(rank), id_of(left + right, rank)});
  }
}

void BytePair::encode(std::string_view piece, std::vector<TokenId>& ids) const {
  if (options_.add_prefix_space && piece.front() != ' ') {
    std::string spaced;
    spaced.reserve(piece.size() + 1);
    spaced.push_back(' ');
    spaced.append(piece);
    encode_words(spaced, ids);
  } else {
    encode_words(piece, ids);
  }
}

void BytePair::encode_words(std::string_view text, std::vector<TokenId>& ids) const {
  if (!options_.split_words) {
    encode_word(text, ids);
    return;
  }
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = gpt2_word_end(text, begin, characters_);
    encode_word(text.substr(begin, end - begin), ids);
    begin = end;
  }
}

void BytePair::encode_word(std::string_view word, std::vector<TokenId>& ids) const {
  // Most words of a text are tokens, and nearly all of those merge to themselves.
  const TokenId whole = words_.find(word);
  if (whole < 0) {
    merge_word(word, ids);
    return;
  }
  std::atomic<Known>& known = known_[static_cast<std::size_t>(whole)];
  const Known state = known.load(std::memory_order_relaxed);
  if (options_.ignore_merges || state == Known::merges_to_itself) {
    ids.push_back(whole);
    return;
  }
  const std::size_t before = ids.size();
  merge_word(word, ids);
  if (state == Known::nothing) {
    const bool itself = ids.size() == before + 1 && ids.back() == whole;
    known.store(itself ? Known::merges_to_itself : Known::merges_to_others,
                std::memory_order_relaxed);
  }
}

void BytePair::merge_word(std::string_view word, std::vector<TokenId>& ids) const {
  const std::size_t before = ids.size();
  bool unknown = false;  // whether the last symbol stands for an unknown byte
  for (const char c : word) {
    const TokenId id = byte_[static_cast<unsigned char>(c)];
    if (id >= 0) {
      ids.push_back(id);
    } else if (unk_ >= 0 && !(unknown && options_.fuse_unk)) {
      ids.push_back(unk_);
    }
    unknown = id < 0;
  }
  merges_.merge(ids, before);
}

}  // namespace zerocl
