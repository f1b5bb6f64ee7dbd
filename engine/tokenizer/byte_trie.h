#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace zerocl {

// Byte strings with a value >= 0 each, for longest-prefix search: one hash probe a byte.
class ByteTrie {
 public:
  using Node = std::uint32_t;
  static constexpr Node kRoot = 0;
  static constexpr Node kNone = ~Node{0};

  struct Match {
    std::int32_t value = -1;  // -1: no string matches
    std::size_t length = 0;   // bytes
  };

  ByteTrie();

  // Adds text, which is not empty; a second value for the same text replaces the first.
  // Throws Error beyond kMaxNodes.
  void insert(std::string_view text, std::int32_t value);

  // The node that text leads to from the root, or kNone.
  Node find(std::string_view text) const;

  // The longest string of the trie below `from` that text starts with.
  Match longest_prefix(std::string_view text, Node from = kRoot) const;

  // Whether any string starts with this byte.
  bool can_start_with(char byte) const { return first_[static_cast<unsigned char>(byte)] != kNone; }

  bool empty() const { return values_.size() == 1; }

 private:
  // A node number fits in the 24 bits above the byte of an edge's key.
  static constexpr std::size_t kMaxNodes = std::size_t{1} << 24;
  struct Edge {
    std::uint32_t key = 0;
    Node child = 0;  // 0: free, since the root is nobody's child
  };

  static std::uint32_t key_of(Node node, char byte) {
    return node << 8 | static_cast<unsigned char>(byte);
  }
  std::size_t slot_of(std::uint32_t key) const;
  Node child(Node node, char byte) const;
  void grow();

  std::array<Node, 256> first_;
  std::vector<Edge> edges_;  // open addressing, a power of two, at most half full
  std::size_t edge_count_ = 0;
  std::vector<std::int32_t> values_;  // by node
};

}  // namespace zerocl
