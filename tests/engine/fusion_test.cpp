#include "engine/graph/fusion.h"

#include <gtest/gtest.h>

#include "engine/graph/memory_plan.h"

namespace zerocl {
namespace {

// x -> h -> y -> z; whether z's node reads h too.
Graph chain(bool h_twice) {
  Graph graph;
  for (const char* name : {"x", "h", "y", "z"})
    graph.values.push_back({name, DType::f32, Rows::tokens, 1, 0});
  const auto node = [&](Op op, std::vector<ValueId> inputs, std::vector<ValueId> outputs) {
    graph.nodes.push_back({"n", op, std::move(inputs), std::move(outputs), {}, {}});
  };
  node(Op::embedding, {}, {0});
  node(Op::linear_w8a8, {0}, {1});
  node(Op::gelu_quantize, {1}, {2});
  node(Op::relu, h_twice ? std::vector<ValueId>{2, 1} : std::vector<ValueId>{2}, {3});
  graph.output = 3;
  return graph;
}

bool is_product_and_gelu(const Node& first, const Node& second) {
  return first.op == Op::linear_w8a8 && second.op == Op::gelu_quantize;
}

TEST(Fusion, JoinsANodeWithTheOneThatAloneReadsIt) {
  const Fusion fusion = fuse_nodes(chain(false), is_product_and_gelu);
  EXPECT_EQ(fusion.first, (std::vector<int>{Fusion::kAlone, Fusion::kAlone, 1, Fusion::kAlone}));
  EXPECT_EQ(fusion.merged, (std::vector<bool>{false, true, false, false}));
}

TEST(Fusion, LeavesAloneWhatOthersReadToo) {
  const Fusion fusion = fuse_nodes(chain(true), is_product_and_gelu);
  EXPECT_EQ(fusion.first, std::vector<int>(4, Fusion::kAlone));
  EXPECT_EQ(fusion.merged, std::vector<bool>(4, false));
}

// What a norm adds to the product is an input, too, but not the one that is fused.
TEST(Fusion, TheFirstInputIsTheOneThatIsFused) {
  const auto with_residual = [](std::vector<ValueId> inputs) {
    Graph graph = chain(false);
    graph.nodes[2].inputs = std::move(inputs);
    return fuse_nodes(graph, is_product_and_gelu);
  };
  EXPECT_EQ(with_residual({1, 0}).first[2], 1);
  EXPECT_EQ(with_residual({0, 1}).first[2], Fusion::kAlone);
  EXPECT_EQ(with_residual({1, 1}).first[2], Fusion::kAlone);
  EXPECT_EQ(with_residual({}).first[2], Fusion::kAlone);
}

// The fused kernel reads x while it writes y: they may not share a buffer, as they would unfused.
TEST(Fusion, WhatTheFirstNodeReadsOutlivesTheSecondsOutputs) {
  const Graph graph = chain(false);
  const Fusion fusion = fuse_nodes(graph, is_product_and_gelu);
  const auto size = [](const Value& v, ValuePart part) {
    return part == ValuePart::scales || v.name == "h" ? std::size_t{0} : std::size_t{100};
  };
  const MemoryPlan alone = plan_memory(graph, size);
  EXPECT_EQ(alone.elements[0], alone.elements[2]);
  const MemoryPlan fused = plan_memory(with_fused_inputs(graph, fusion), size);
  EXPECT_NE(fused.elements[0], fused.elements[2]);
}

}  // namespace
}  // namespace zerocl
