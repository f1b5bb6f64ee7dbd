#include "engine/graph/memory_plan.h"

#include <gtest/gtest.h>

#include <vector>

namespace zerocl {
namespace {

// a -> b -> c, with a also read by the last node, which makes d.
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

TEST(MemoryPlan, ValuesThatLiveTogetherNeverShareABuffer) {
  const Graph graph = residual_graph();
  const std::vector<std::size_t> sizes = {100, 300, 200, 50};
  const MemoryPlan plan = plan_memory(graph, [&](const Value& v, ValuePart part) {
    return part == ValuePart::scales ? 0
                                     : sizes[static_cast<std::size_t>(&v - graph.values.data())];
  });
  EXPECT_NE(plan.elements[0], plan.elements[1]);
  EXPECT_NE(plan.elements[0], plan.elements[2]);
  EXPECT_NE(plan.elements[1], plan.elements[2]);
  EXPECT_NE(plan.elements[0], plan.elements[3]);
  EXPECT_NE(plan.elements[2], plan.elements[3]);
  for (std::size_t v = 0; v < sizes.size(); ++v) {
    EXPECT_GE(plan.bytes[static_cast<std::size_t>(plan.elements[v])], sizes[v]);
    EXPECT_EQ(plan.scales[v], MemoryPlan::kNone);
  }
}

TEST(MemoryPlan, DeadValuesGiveTheirBufferBack) {
  const Graph graph = residual_graph();
  const MemoryPlan plan = plan_memory(graph, [](const Value&, ValuePart part) {
    return part == ValuePart::scales ? std::size_t{0} : std::size_t{100};
  });
  // b is dead when d is made: d takes its place, so three buffers are enough for four values.
  EXPECT_EQ(plan.elements[3], plan.elements[1]);
  EXPECT_EQ(plan.total(), 300U);
}

TEST(MemoryPlan, ScalesLieApartFromTheirCodes) {
  const Graph graph = residual_graph();
  const MemoryPlan plan = plan_memory(graph, [](const Value&, ValuePart part) {
    return part == ValuePart::scales ? std::size_t{4} : std::size_t{64};
  });
  for (std::size_t v = 0; v < graph.values.size(); ++v) EXPECT_NE(plan.elements[v], plan.scales[v]);
}

}  // namespace
}  // namespace zerocl
