#pragma once

#include <cstddef>
#include <functional>
#include <vector>

#include "engine/graph/graph.h"

namespace zerocl {

// Which pairs of nodes a device runs as one fused operator. The second runs both; whether the
// value between them exists is the executor's matter.
struct Fusion {
  static constexpr int kAlone = -1;
  std::vector<int> first;    // by node: the earlier node that it runs too, or kAlone
  std::vector<bool> merged;  // by node: it is run by a later one
};

// A node and the next are fused where `can` says so, the first input of the second is what the
// first one makes, and nobody else reads that.
Fusion fuse_nodes(const Graph& graph, const std::function<bool(const Node&, const Node&)>& can);

// The graph with the fused nodes' inputs in one place, for planning memory: what the first node
// reads must outlive the second's outputs.
Graph with_fused_inputs(const Graph& graph, const Fusion& fusion);

}  // namespace zerocl
