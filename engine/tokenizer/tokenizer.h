#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace zerocl {

using TokenId = std::int32_t;

struct Encoding {
  std::vector<TokenId> ids;
  std::vector<TokenId> types;  // as many; 0 first text, 1 second text (RoBERTa: always 0)
};

// Roles that the model directory names; a role is set only if its token has an id.
struct SpecialTokens {
  std::optional<TokenId> cls, sep, pad, unk, mask, bos, eos;
};

// Text to token ids and back, with the ids that Hugging Face tokenizers give. Immutable: one
// tokenizer may serve several threads.
//
// Texts are bytes; what is not UTF-8 becomes U+FFFD, one for each maximal invalid part, before
// anything else (as Python's errors='replace' does).
class Tokenizer {
 public:
  virtual ~Tokenizer();

  // Ids of one text. add_special adds what the model's post-processor adds ([CLS] x [SEP],
  // <s> x </s>, nothing for GPT-2). max_length > 0 cuts the end of the text (its start, where
  // tokenizer_config.json says truncation_side "left") so that no more ids than that come out.
  // Throws Error (usage) if the special tokens alone are more than max_length.
  virtual Encoding encode(std::string_view text, bool add_special = true,
                          std::size_t max_length = 0) const = 0;

  // Ids of a pair: [CLS] a [SEP] b [SEP], or RoBERTa's <s> a </s></s> b </s>. Truncation is
  // Hugging Face's "longest_first". Errors as for encode.
  virtual Encoding encode_pair(std::string_view text_a, std::string_view text_b,
                               bool add_special = true, std::size_t max_length = 0) const = 0;

  // Text of the ids, always valid UTF-8. Ids without a token (models pad their vocabularies) give
  // nothing; skip_special leaves special tokens out.
  virtual std::string decode(std::span<const TokenId> ids, bool skip_special = true) const = 0;

  // What one id adds to a text, as bytes: half a character for some byte-level tokens. `first`:
  // no id with text stands before it (WordPiece puts no space there). StreamDecoder builds on it.
  virtual std::string decode_token(TokenId id, bool first) const = 0;

  // One more than the largest id.
  virtual std::size_t vocab_size() const = 0;
  virtual const SpecialTokens& special() const = 0;
  // Whether decode leaves this id out when it skips special tokens.
  virtual bool is_special(TokenId id) const = 0;
  // The token as the vocabulary spells it ("##ing", "Ġthe").
  virtual std::optional<std::string> token(TokenId id) const = 0;
  virtual std::optional<TokenId> id(std::string_view token) const = 0;
};

// Decodes token by token, for text that is shown while it is generated. The concatenation of all
// push() and of finish() is what decode() gives for the same ids.
class StreamDecoder {
 public:
  // The tokenizer must outlive the decoder.
  explicit StreamDecoder(const Tokenizer& tokenizer, bool skip_special = true)
      : tokenizer_(&tokenizer), skip_special_(skip_special) {}

  // The text that is certain after this id: complete characters only.
  std::string push(TokenId id);
  // What was held back (a character that was never completed is U+FFFD); then starts anew.
  std::string finish();

 private:
  const Tokenizer* tokenizer_;
  bool skip_special_;
  bool first_ = true;
  std::string pending_;  // at most 3 bytes: the start of one character
};

// Reads whichever tokenizer files the model directory has, in this order:
//   tokenizer.json             alone decides on ids (its padding and truncation are ignored)
//   vocab.txt                  BERT; tokenizer_config.json: do_lower_case, strip_accents, ...
//   vocab.json and merges.txt  GPT-2, or RoBERTa if config.json or tokenizer_config.json says so
// tokenizer_config.json, special_tokens_map.json and added_tokens.json complete the latter two and
// name the special tokens. Throws Error naming file and reason: missing or malformed files, ids out
// of range or twice, and components that are not implemented exactly (Unigram, other normalizers).
std::unique_ptr<Tokenizer> load_tokenizer(const std::filesystem::path& model_dir);

}  // namespace zerocl
