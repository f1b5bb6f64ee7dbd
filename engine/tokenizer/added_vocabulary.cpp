#include "engine/tokenizer/added_vocabulary.h"

#include <algorithm>
#include <utility>

#include "engine/tokenizer/unicode.h"
#include "engine/tokenizer/utf8.h"
#include "host/error.h"

namespace zerocl {
namespace {

// The end of white space runs in one text. Remembers the last run: a token of white space that
// strips to its right would otherwise measure the same run again for each of its characters.
class SpaceRuns {
 public:
  explicit SpaceRuns(std::string_view text) : text_(text) {}

  // Where the white space that follows `at` ends.
  std::size_t end_of(std::size_t at) {
    if (at >= begin_ && at < end_) return end_;
    begin_ = at;
    std::size_t next = at;
    end_ = at;
    while (next < text_.size() && characters_.is(utf8::next(text_, next), unicode::kSpace)) {
      end_ = next;
    }
    return end_;
  }

  // Where the white space that ends at `at` begins, not before `limit`.
  std::size_t begin_of(std::size_t at, std::size_t limit) const {
    while (at > limit) {
      const char32_t c = utf8::previous(text_, at);
      if (!characters_.is(c, unicode::kSpace)) break;
      do {
        --at;
      } while (at > limit && (static_cast<unsigned char>(text_[at]) & 0xC0) == 0x80);
    }
    return at;
  }

 private:
  std::string_view text_;
  const unicode::Table& characters_ = unicode::table();
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

bool touches_word(std::string_view text, std::size_t begin, std::size_t end) {
  const unicode::Table& characters = unicode::table();
  if (begin > 0 && characters.is(utf8::previous(text, begin), unicode::kWord)) return true;
  return end < text.size() && characters.is(utf8::next(text, end), unicode::kWord);
}

}  // namespace

TokenId AddedVocabulary::add(const AddedToken& token, const Vocabulary& vocabulary,
                             const Normalizer& normalizer) {
  const std::string name = "added token \"" + token.content + "\"";
  std::string decoded = token.content;
  if (token.normalized) {
    decoded.clear();
    normalizer.apply(token.content, decoded);
  }
  if (decoded.empty()) throw Error(name + " is empty (once normalized)");
  if (std::max(decoded.size(), token.content.size()) > kMaxLength) {
    throw Error(name + " is longer than " + std::to_string(kMaxLength) + " bytes");
  }

  TokenId id = by_content_.find(token.content);
  if (id < 0) id = vocabulary.find(token.content);
  if (id < 0) id = static_cast<TokenId>(vocabulary.size() + appended_++);
  if (const auto old = entries_.find(id); old != entries_.end()) {
    if (old->second.token.content != token.content) {
      throw Error(name + " gets id " + std::to_string(id) + " of added token \"" +
                  old->second.token.content + "\"");
    }
    // A second declaration counts; where it moves the token to the other set, the first must go.
    if (old->second.token.normalized != token.normalized) {
      throw Error(name + " is declared both normalized and not");
    }
  }
  by_content_.insert(token.content, id);
  if (token.special) special_.insert(token.content, id);
  (token.normalized ? normal_ : raw_).insert(decoded, id);
  entries_.insert_or_assign(id, Entry{token, std::move(decoded)});
  id_limit_ = std::max(id_limit_, static_cast<std::size_t>(id) + 1);
  return id;
}

const std::string* AddedVocabulary::decoded(TokenId id) const {
  const auto entry = entries_.find(id);
  return entry == entries_.end() ? nullptr : &entry->second.decoded;
}

const std::string* AddedVocabulary::content(TokenId id) const {
  const auto entry = entries_.find(id);
  return entry == entries_.end() ? nullptr : &entry->second.token.content;
}

std::vector<AddedVocabulary::Span> AddedVocabulary::split(std::string_view text,
                                                          const ByteTrie& trie) const {
  std::vector<Span> spans;
  SpaceRuns spaces(text);
  std::size_t done = 0;  // text before it is in spans
  for (std::size_t at = 0; at < text.size() && !trie.empty();) {
    if (!trie.can_start_with(text[at])) {
      ++at;
      continue;
    }
    const ByteTrie::Match match = trie.longest_prefix(text.substr(at));
    if (match.value < 0) {
      ++at;
      continue;
    }
    std::size_t begin = at;
    std::size_t end = at + match.length;
    at = end;  // matches do not overlap, whatever becomes of them
    const AddedToken& token = entries_.at(match.value).token;
    if (token.single_word && touches_word(text, begin, end)) continue;
    if (token.lstrip) begin = spaces.begin_of(begin, done);
    if (token.rstrip) end = spaces.end_of(end);
    if (done < begin) spans.push_back({done, begin, -1});
    spans.push_back({begin, end, match.value});
    // May go back where an earlier token stripped over this one: so does Hugging Face.
    done = end;
  }
  if (done < text.size()) spans.push_back({done, text.size(), -1});
  return spans;
}

}  // namespace zerocl
