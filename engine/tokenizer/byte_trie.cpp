#include "engine/tokenizer/byte_trie.h"

#include "host/error.h"

namespace zerocl {

ByteTrie::ByteTrie() : edges_(64), values_{-1} {
  first_.fill(kNone);
}

std::size_t ByteTrie::slot_of(std::uint32_t key) const {
  const std::size_t mask = edges_.size() - 1;
  // Fibonacci hashing; the high half of the product is the well mixed one.
  std::size_t slot = (key * 0x9E3779B97F4A7C15ull >> 32) & mask;
  while (edges_[slot].child != 0 && edges_[slot].key != key) slot = (slot + 1) & mask;
  return slot;
}

ByteTrie::Node ByteTrie::child(Node node, char byte) const {
  if (node == kRoot) return first_[static_cast<unsigned char>(byte)];
  const Edge& edge = edges_[slot_of(key_of(node, byte))];
  return edge.child == 0 ? kNone : edge.child;
}

void ByteTrie::grow() {
  std::vector<Edge> old(edges_.size() * 2);
  old.swap(edges_);
  for (const Edge& edge : old) {
    if (edge.child != 0) edges_[slot_of(edge.key)] = edge;
  }
}

void ByteTrie::insert(std::string_view text, std::int32_t value) {
  Node node = kRoot;
  for (const char byte : text) {
    Node next = child(node, byte);
    if (next == kNone) {
      if (values_.size() >= kMaxNodes) throw Error("the vocabulary has too many characters");
      next = static_cast<Node>(values_.size());
      values_.push_back(-1);
      if (node == kRoot) {
        first_[static_cast<unsigned char>(byte)] = next;
      } else {
        if (++edge_count_ * 2 > edges_.size()) grow();
        const std::uint32_t key = key_of(node, byte);
        edges_[slot_of(key)] = {key, next};
      }
    }
    node = next;
  }
  values_[node] = value;
}

ByteTrie::Node ByteTrie::find(std::string_view text) const {
  Node node = kRoot;
  for (const char byte : text) {
    node = child(node, byte);
    if (node == kNone) return kNone;
  }
  return node;
}

ByteTrie::Match ByteTrie::longest_prefix(std::string_view text, Node from) const {
  Match best;
  Node node = from;
  for (std::size_t i = 0; i < text.size(); ++i) {
    node = child(node, text[i]);
    if (node == kNone) break;
    if (values_[node] >= 0) best = {values_[node], i + 1};
  }
  return best;
}

}  // namespace zerocl
