#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "engine/graph/device_executor.h"
#include "tests/engine/example_models.h"

namespace zerocl {
namespace {

std::map<std::string, int> count_ops(const Graph& graph) {
  std::map<std::string, int> counts;
  for (const Node& node : graph.nodes) ++counts[op_name(node.op)];
  return counts;
}

QuantizationConfig w8a8(const Model& model, const std::string& attention) {
  QuantizationConfig config;
  config.scheme = "w8a8";
  config.attention = attention;
  for (std::int64_t i = 0; i < model.config().layers; ++i)
    for (const char* part : {"attention.qkv", "attention.output", "mlp.fc1", "mlp.fc2"})
      config.modules["layer." + std::to_string(i) + "." + part] = {};
  return config;
}

TEST(Graph, BertInFloatHasNoInt8Operator) {
  const auto model = Model::open(testing::example("bert-sst2-5m"));
  const auto counts = count_ops(model->graph(Task::forward, {}));
  EXPECT_EQ(counts.at("linear_f32"), 4 * 4 + 2);
  EXPECT_EQ(counts.at("add_layer_norm"), 8);
  EXPECT_EQ(counts.at("attention_f32"), 4);
  EXPECT_FALSE(counts.contains("linear_w8a8"));
}

TEST(Graph, BertW8A8TakesTenKernelsALayer) {
  const auto model = Model::open(testing::example("bert-sst2-5m"));
  const Graph graph = build_graph(model->config(), w8a8(*model, "i8"), Task::forward, {});
  const auto counts = count_ops(graph);
  EXPECT_EQ(counts.at("linear_w8a8"), 16);
  EXPECT_EQ(counts.at("linear_f32"), 2);  // the head stays in float
  EXPECT_EQ(counts.at("quantize_qkv"), 4);
  EXPECT_EQ(counts.at("attention_i8"), 4);
  EXPECT_EQ(counts.at("quantize_tokens"), 4);
  EXPECT_EQ(counts.at("gelu_quantize"), 4);
  EXPECT_EQ(counts.at("layer_norm_f16_quantize"), 1);
  EXPECT_EQ(counts.at("add_layer_norm_f16_quantize"), 7);
  EXPECT_EQ(counts.at("add_layer_norm_f16"), 1);  // the last norm feeds no INT8 module
  const auto in_layer = std::count_if(graph.nodes.begin(), graph.nodes.end(),
                                      [](const Node& n) { return n.name.starts_with("layer.1."); });
  EXPECT_EQ(in_layer, 10);
}

// The nodes that compute a row for each token.
int token_nodes(const Graph& graph, const std::string& prefix) {
  return static_cast<int>(
      std::count_if(graph.nodes.begin(), graph.nodes.end(), [&](const Node& node) {
        return node.name.starts_with(prefix) &&
               std::any_of(node.outputs.begin(), node.outputs.end(), [&](ValueId out) {
                 return out != kNoValue &&
                        graph.values[static_cast<std::size_t>(out)].rows == Rows::tokens;
               });
      }));
}

TEST(Graph, WhatFollowsTheLastAttentionIsComputedForTheRowsThatTheHeadReads) {
  const auto model = Model::open(testing::example("bert-sst2-5m"));
  const QuantizationConfig config = w8a8(*model, "i8");
  const Graph classifier = build_graph(model->config(), config, Task::forward, {});
  EXPECT_EQ(count_ops(classifier).at("gather_rows"), 1);
  EXPECT_EQ(token_nodes(classifier, "layer.3."), 4);  // products of queries .. codes of the context
  const GraphOptions first{.pooling = Pooling::cls}, mean{.pooling = Pooling::mean};
  EXPECT_EQ(token_nodes(build_graph(model->config(), config, Task::embedding, first), "layer.3."),
            4);
  for (const auto& [task, options] :
       {std::pair(Task::hidden, first), std::pair(Task::embedding, mean)}) {
    const Graph all = build_graph(model->config(), config, task, options);
    EXPECT_EQ(token_nodes(all, "layer.3."), 10);
    EXPECT_FALSE(count_ops(all).contains("gather_rows"));
  }
}

// A gather copies rows as they lie, whoever reads them before and after it.
TEST(Graph, GatheredHalvesLieAsTheyDidBefore) {
  const auto model = Model::open(testing::example("bert-sst2-5m"));
  QuantizationConfig config;
  config.scheme = config.attention = "f16";
  const Graph graph = build_graph(model->config(), config, Task::forward, {});
  int gathers = 0;
  for (const Node& node : graph.nodes) {
    if (node.op != Op::gather_rows) continue;
    ++gathers;
    ASSERT_EQ(node.inputs.size(), 2U);  // the context and the residual
    for (std::size_t i = 0; i < node.inputs.size(); ++i)
      for (const ValueId id : {node.inputs[i], node.outputs[i]})
        EXPECT_EQ(f16_layout_of(graph, id, ops::F16Layout::tiles), ops::F16Layout::tiles) << id;
  }
  EXPECT_EQ(gathers, 1);
  const Graph int8 = build_graph(model->config(), w8a8(*model, "i8"), Task::forward, {});
  for (ValueId id = 0; id < static_cast<ValueId>(int8.values.size()); ++id)
    EXPECT_EQ(f16_layout_of(int8, id, ops::F16Layout::tiles), ops::F16Layout::rows) << id;
}

TEST(Gatherers, EachTakesBatchesUpToItsLimit) {
  int small = 0, mid = 0;
  EXPECT_EQ(gatherer_for(1, &small, &mid), &small);
  EXPECT_EQ(gatherer_for(192, &small, &mid), &small);
  EXPECT_EQ(gatherer_for(193, &small, &mid), &mid);
  EXPECT_EQ(gatherer_for(1024, &small, &mid), &mid);
  EXPECT_EQ(gatherer_for<int>(1025, &small, &mid), nullptr);
  EXPECT_EQ(gatherer_for<int>(193, &small, nullptr), nullptr);
}

TEST(Graph, OneModuleCanStayInFloat) {
  const auto model = Model::open(testing::example("bert-sst2-5m"));
  QuantizationConfig config = w8a8(*model, "f32");
  config.modules.erase("layer.2.mlp.fc1");
  const Graph graph = build_graph(model->config(), config, Task::forward, {});
  for (const Node& node : graph.nodes) {
    if (node.name == "layer.2.mlp.fc1") {
      EXPECT_EQ(node.op, Op::linear_f32);
    } else if (node.name == "layer.2.attention.norm") {
      EXPECT_EQ(node.op, Op::add_layer_norm_f16);  // floats for fc1, f16 for the next sum
      EXPECT_EQ(graph.values[static_cast<std::size_t>(node.outputs[0])].dtype, DType::f32);
      EXPECT_EQ(graph.values[static_cast<std::size_t>(node.outputs[1])].dtype, DType::f16);
    } else if (node.name == "layer.2.mlp.fc2") {
      EXPECT_EQ(node.op, Op::linear_w8a8);
    }
  }
}

// The types of what residual sums add to, in the order of the nodes.
std::vector<DType> residual_types(const Graph& graph) {
  std::vector<DType> types;
  for (const Node& node : graph.nodes)
    if (std::string(op_name(node.op)).starts_with("add_layer_norm"))
      types.push_back(graph.values[static_cast<std::size_t>(node.inputs[1])].dtype);
  return types;
}

TEST(Graph, ResidualsAreF16InQuantizedEncodersAlone) {
  const auto bert = Model::open(testing::example("bert-sst2-5m"));
  EXPECT_EQ(residual_types(build_graph(bert->config(), w8a8(*bert, "f32"), Task::forward, {})),
            std::vector<DType>(8, DType::f16));
  EXPECT_EQ(residual_types(bert->graph(Task::forward, {})), std::vector<DType>(8, DType::f32));
  const auto gpt2 = Model::open(testing::example("gpt2-novels-4m"));
  EXPECT_EQ(residual_types(build_graph(gpt2->config(), w8a8(*gpt2, "i8"), Task::forward, {})),
            std::vector<DType>(8, DType::f32));
}

TEST(Graph, EveryValueIsProducedOnceBeforeItIsRead) {
  for (const char* name : {"bert-sst2-5m", "gpt2-novels-4m"}) {
    const auto model = Model::open(testing::example(name));
    for (const char* attention : {"i8", "f32"}) {
      const Graph graph = build_graph(model->config(), w8a8(*model, attention), Task::forward, {});
      std::vector<int> produced(graph.values.size(), 0);
      for (const Node& node : graph.nodes) {
        for (ValueId id : node.inputs)
          EXPECT_EQ(produced[static_cast<std::size_t>(id)], 1) << node.name;
        for (ValueId id : node.outputs)
          if (id != kNoValue) ++produced[static_cast<std::size_t>(id)];
      }
      EXPECT_TRUE(std::all_of(produced.begin(), produced.end(), [](int n) { return n == 1; }));
      EXPECT_NE(graph.output, kNoValue);
    }
  }
}

TEST(Graph, DecoderKeepsOneCacheALayerAndEncodersShareOne) {
  const auto gpt2 = Model::open(testing::example("gpt2-novels-4m"));
  int next = 0;
  for (const Node& node : gpt2->graph(Task::forward, {}).nodes) {
    if (node.op != Op::attention_f32) continue;
    EXPECT_EQ(node.attributes.cache_layer, next++);
  }
  EXPECT_EQ(next, 4);
  const auto bert = Model::open(testing::example("bert-sst2-5m"));
  for (const Node& node : bert->graph(Task::forward, {}).nodes) {
    if (node.op != Op::attention_f32) continue;
    EXPECT_EQ(node.attributes.cache_layer, 0);
  }
}

}  // namespace
}  // namespace zerocl
