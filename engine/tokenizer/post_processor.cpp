#include "engine/tokenizer/post_processor.h"

#include <algorithm>
#include <utility>

#include "host/error.h"

namespace zerocl {
namespace {

using Kind = Template::Piece::Kind;

void shorten(std::vector<TokenId>& ids, std::size_t length, TruncationSide side) {
  if (ids.size() <= length) return;
  if (side == TruncationSide::left) {
    ids.erase(ids.begin(), ids.end() - static_cast<std::ptrdiff_t>(length));
  } else {
    ids.resize(length);
  }
}

// Lengths of both texts within `room`: the shorter one keeps all if it can, else each gets half and
// the longer one an odd id.
std::pair<std::size_t, std::size_t> longest_first(std::size_t a, std::size_t b, std::size_t room) {
  if (a + b <= room) return {a, b};
  std::size_t shorter = std::min(a, b);
  std::size_t longer = shorter > room ? shorter : std::max(shorter, room - shorter);
  if (shorter + longer > room) {
    shorter = room / 2;
    longer = shorter + room % 2;
  }
  return a > b ? std::pair{longer, shorter} : std::pair{shorter, longer};
}

}  // namespace

Template Template::plain() {
  return {{{Kind::text_a, 0, {}}}, {{Kind::text_a, 0, {}}, {Kind::text_b, 1, {}}}};
}

Template Template::bert(TokenId cls, TokenId sep) {
  Template layout;
  layout.single = {{Kind::special, 0, {cls}}, {Kind::text_a, 0, {}}, {Kind::special, 0, {sep}}};
  layout.pair = layout.single;
  layout.pair.push_back({Kind::text_b, 1, {}});
  layout.pair.push_back({Kind::special, 1, {sep}});
  return layout;
}

Template Template::roberta(TokenId cls, TokenId sep) {
  Template layout;
  layout.single = {{Kind::special, 0, {cls}}, {Kind::text_a, 0, {}}, {Kind::special, 0, {sep}}};
  layout.pair = layout.single;
  layout.pair.push_back({Kind::special, 0, {sep}});
  layout.pair.push_back({Kind::text_b, 0, {}});
  layout.pair.push_back({Kind::special, 0, {sep}});
  return layout;
}

Template Template::bos_eos(std::optional<TokenId> bos, std::optional<TokenId> eos) {
  const auto around = [&](Kind text, TokenId type) {
    std::vector<Piece> pieces;
    if (bos) pieces.push_back({Kind::special, type, {*bos}});
    pieces.push_back({text, type, {}});
    if (eos) pieces.push_back({Kind::special, type, {*eos}});
    return pieces;
  };
  Template layout;
  layout.single = around(Kind::text_a, 0);
  layout.pair = layout.single;
  for (Piece& piece : around(Kind::text_b, 1)) layout.pair.push_back(std::move(piece));
  return layout;
}

Encoding assemble(const Template& layout, std::vector<TokenId> a, std::vector<TokenId>* b,
                  bool add_special, std::size_t max_length, TruncationSide side) {
  const std::vector<Template::Piece>& pieces = b ? layout.pair : layout.single;
  if (max_length > 0) {
    std::size_t added = 0;
    for (const Template::Piece& piece : pieces) added += add_special ? piece.ids.size() : 0;
    if (added > max_length) {
      throw Error("max_length " + std::to_string(max_length) + " is less than the " +
                      std::to_string(added) + " special tokens of a sequence",
                  ErrorKind::usage);
    }
    const auto [length_a, length_b] =
        longest_first(a.size(), b ? b->size() : 0, max_length - added);
    shorten(a, length_a, side);
    if (b) shorten(*b, length_b, side);
  }

  Encoding encoding;
  for (const Template::Piece& piece : pieces) {
    if (piece.kind == Kind::special && !add_special) continue;
    const std::vector<TokenId>* ids = &piece.ids;
    if (piece.kind == Kind::text_a) ids = &a;
    if (piece.kind == Kind::text_b) ids = b;
    if (ids == nullptr) continue;  // a layout of one text that names a second one
    encoding.ids.insert(encoding.ids.end(), ids->begin(), ids->end());
    encoding.types.insert(encoding.types.end(), ids->size(), piece.type);
  }
  return encoding;
}

}  // namespace zerocl
