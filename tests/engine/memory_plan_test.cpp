#include "engine/graph/memory_plan.h"

#include <gtest/gtest.h>

#include <vector>

namespace zerocl {
namespace {

// a -> b -> c, with a also read by the last node.
Graph residual_graph() {
  Graph graph;
  for (const char* name : {"a", "b", "c", "d"})
    graph.values.push_back({name, DType::f32, Rows::tokens, 1, 0});
  const auto node = [&](std::vector<ValueId> inputs, std::vector<ValueId> outputs) {
    graph.nodes.push_back({"n", Op::relu, std::move(inputs), std::move(outputs), {}, {}});
  };
  node({}, {0});
  node({0}, {1});
  node({1}, {2});
  node({2, 0}, {3});
  graph.output = 3;
  return graph;
}

TEST(MemoryPlan, ValuesThatLiveTogetherNeverOverlap) {
  const Graph graph = residual_graph();
  const std::vector<std::size_t> sizes = {100, 300, 200, 50};
  const MemoryPlan plan = plan_memory(graph, 64, [&](const Value& v) {
    return sizes[static_cast<std::size_t>(&v - graph.values.data())];
  });
  const auto overlap = [&](std::size_t i, std::size_t j) {
    return plan.offsets[i] < plan.offsets[j] + plan.bytes[j] &&
           plan.offsets[j] < plan.offsets[i] + plan.bytes[i];
  };
  EXPECT_FALSE(overlap(0, 1));
  EXPECT_FALSE(overlap(0, 2));
  EXPECT_FALSE(overlap(1, 2));
  EXPECT_FALSE(overlap(0, 3));
  EXPECT_FALSE(overlap(2, 3));
  for (std::size_t offset : plan.offsets) EXPECT_EQ(offset % 64, 0U);
}

TEST(MemoryPlan, DeadValuesGiveTheirBytesBack) {
  const Graph graph = residual_graph();
  const MemoryPlan plan = plan_memory(graph, 1, [](const Value&) { return std::size_t{100}; });
  // b is dead when d is made: d takes its place, so three values' bytes are enough for four.
  EXPECT_EQ(plan.offsets[3], plan.offsets[1]);
  EXPECT_EQ(plan.total, 300U);
}

}  // namespace
}  // namespace zerocl
