#include "engine/models/build_graph.h"

#include <fmt/format.h>

#include "engine/models/graph_builder.h"
#include "host/error.h"

namespace zerocl {
namespace {

std::string layer_name(std::int64_t layer, const char* part) {
  return fmt::format("layer.{}.{}", layer, part);
}

// The module that reads a layer's input; none after the last layer.
std::string first_module(const ModelConfig& config, std::int64_t layer) {
  return layer < config.layers ? layer_name(layer, "attention.qkv") : "";
}

// fc2(activation(fc1(x))) of a layer.
ValueId feed_forward(GraphBuilder& build, std::int64_t layer, Hidden x) {
  const ModelConfig& config = build.config();
  const ValueId up = build.linear(layer_name(layer, "mlp.fc1"), x, config.inner);
  const std::string fc2 = layer_name(layer, "mlp.fc2");
  const Hidden active =
      build.activation(layer_name(layer, "mlp.activation"), up, config.activation, fc2);
  return build.linear(fc2, active, config.hidden, /*bias=*/true, /*to_sum=*/true);
}

Hidden attended(GraphBuilder& build, std::int64_t layer, Hidden x) {
  const ValueId qkv =
      build.linear(layer_name(layer, "attention.qkv"), x, 3 * build.config().hidden);
  return build.attention(layer, qkv, layer_name(layer, "attention.output"));
}

ValueId attention_output(GraphBuilder& build, std::int64_t layer, Hidden context) {
  return build.linear(layer_name(layer, "attention.output"), context, build.config().hidden,
                      /*bias=*/true, /*to_sum=*/true);
}

// BERT's layers: norm after each residual sum. Hidden states f32 [T, hidden], or, where the head
// reads the first token of each sequence alone, [S, hidden]: all that follows the last layer's
// attention treats each row for itself, and is computed for these rows.
ValueId encoder(GraphBuilder& build, bool first_alone) {
  const ModelConfig& config = build.config();
  Hidden x = build
                 .norm("embedding.norm", build.embedding(), std::nullopt, first_module(config, 0),
                       /*keep=*/true, /*want_sum=*/false)
                 .y;
  for (std::int64_t layer = 0; layer < config.layers; ++layer) {
    GraphBuilder::Attended a = {attended(build, layer, x), x.residual()};
    if (first_alone && layer + 1 == config.layers)
      a = build.gather(layer_name(layer, "rows"), a, Select::first_of_sequence);
    x = build
            .norm(layer_name(layer, "attention.norm"), attention_output(build, layer, a.context),
                  a.residual, layer_name(layer, "mlp.fc1"), true, false)
            .y;
    const ValueId fed = feed_forward(build, layer, x);
    x = build
            .norm(layer_name(layer, "mlp.norm"), fed, x.residual(), first_module(config, layer + 1),
                  true, false)
            .y;
  }
  return x.f32;
}

// GPT-2's layers: norm before attention and feed-forward, the residual stream beside them.
ValueId decoder(GraphBuilder& build) {
  const ModelConfig& config = build.config();
  ValueId stream = build.embedding();
  std::optional<ValueId> pending;  // output of the last feed-forward, not yet added to the stream
  // Norm of the stream (plus what is pending); the sum is the new stream where it is still needed.
  const auto next_norm = [&](const std::string& name, const std::string& consumer, bool last) {
    const GraphBuilder::Normed n =
        pending ? build.norm(name, *pending, stream, consumer, last, !last)
                : build.norm(name, stream, std::nullopt, consumer, last, false);
    if (pending && !last) stream = n.sum;
    return n.y;
  };
  for (std::int64_t layer = 0; layer < config.layers; ++layer) {
    Hidden x = next_norm(layer_name(layer, "attention.norm"), first_module(config, layer), false);
    pending = attention_output(build, layer, attended(build, layer, x));
    x = next_norm(layer_name(layer, "mlp.norm"), layer_name(layer, "mlp.fc1"), false);
    pending = feed_forward(build, layer, x);
  }
  return next_norm("final.norm", "", true).f32;
}

// Logits of the wanted rows over the vocabulary.
ValueId language_model_head(GraphBuilder& build, ValueId hidden) {
  const ModelConfig& config = build.config();
  ValueId x = build.gather("head.rows", hidden, Select::outputs);
  if (config.head == HeadType::masked_lm) {
    x = build.linear("head.transform", {x, kNoValue, kNoValue}, config.hidden);
    x = build.activation("head.activation", x, config.head_activation, "").f32;
    x = build.norm("head.norm", x, std::nullopt, "", true, false).y.f32;
  }
  return build.linear("head.decoder", {x, kNoValue, kNoValue}, config.vocabulary,
                      /*bias=*/config.head == HeadType::masked_lm);
}

// Scores of the labels from the first tokens' vectors.
ValueId classification_head(GraphBuilder& build, ValueId first) {
  const ModelConfig& config = build.config();
  ValueId x = build.linear("head.pooler", {first, kNoValue, kNoValue}, config.hidden);
  x = build.unary("head.activation", config.family == Family::distilbert ? Op::relu : Op::tanh, x);
  return build.linear("head.classifier", {x, kNoValue, kNoValue},
                      static_cast<std::int64_t>(config.labels.size()));
}

// An encoder that pools class tokens has computed no other vectors.
ValueId sentence_embedding(GraphBuilder& build, ValueId hidden) {
  ValueId x = hidden;
  if (build.options().pooling == Pooling::mean)
    x = build.mean_pool("pooling", hidden);
  else if (build.config().causal())
    x = build.gather("pooling", hidden, Select::first_of_sequence);
  if (build.options().normalize) x = build.unary("normalize", Op::l2_normalize, x);
  return x;
}

}  // namespace

Graph build_graph(const ModelConfig& config, const QuantizationConfig& quantization, Task task,
                  const GraphOptions& options) {
  if (quantization.attention == "f16" && config.causal())
    throw Error("scheme f16 runs encoders; this model is a decoder", ErrorKind::usage);
  GraphBuilder build(config, quantization, options);
  const bool pools = task == Task::embedding && options.pooling != Pooling::none;
  const bool heads = task == Task::forward && config.head != HeadType::none;
  const bool classifies = heads && config.head == HeadType::sequence_classification;
  const bool first_alone = classifies || (pools && options.pooling == Pooling::cls);
  const ValueId hidden = config.causal() ? decoder(build) : encoder(build, first_alone);
  if (pools) return build.finish(sentence_embedding(build, hidden));
  if (!heads) return build.finish(hidden);
  return build.finish(classifies ? classification_head(build, hidden)
                                 : language_model_head(build, hidden));
}

}  // namespace zerocl
