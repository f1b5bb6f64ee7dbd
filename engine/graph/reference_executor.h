#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "engine/graph/executor.h"
#include "engine/models/weights.h"
#include "reference/embedding.h"  // EmbeddingTable
#include "reference/f16.h"        // MatrixF16
#include "reference/gelu.h"       // GeluForm
#include "reference/matrix.h"     // MatrixF, Quantized

namespace zerocl {

// What the reference's executors of one session share: weights in logical form, loaded when a node
// first needs them, and the keys and values of every sequence.
class ReferenceState {
 public:
  explicit ReferenceState(std::shared_ptr<const Model> model)
      : model_(std::move(model)), reader_(*model_) {}

  const std::vector<float>& vector(const std::string& name);
  const reference::MatrixF& matrix(const std::string& name);
  const reference::Quantized& quantized(const std::string& name);
  const reference::MatrixF16& halves(const std::string& name);
  const reference::EmbeddingTable& table(const std::string& name);
  bool has(const std::string& name) const { return reader_.has(name); }

  // Keys and values of one sequence in one layer; codes (attention_i8), floats or f16.
  struct KeysValues {
    reference::Quantized key_codes, value_codes;  // [n, H*D], scales [n, H]
    reference::MatrixF keys, values;              // [n, H*D]
    reference::MatrixF16 key_halves, value_halves;
  };
  KeysValues& cache(int layer, std::int64_t sequence) { return cache_[{layer, sequence}]; }
  void forget(std::int64_t sequence);

 private:
  std::shared_ptr<const Model> model_;
  WeightReader reader_;
  std::map<std::string, std::vector<float>> vectors_;
  std::map<std::string, reference::MatrixF> matrices_;
  std::map<std::string, reference::Quantized> quantized_;
  std::map<std::string, reference::MatrixF16> halves_;
  std::map<std::string, reference::EmbeddingTable> tables_;
  std::map<std::pair<int, std::int64_t>, KeysValues> cache_;
};

// Runs a graph in the reference: slow, and right by definition.
class ReferenceExecutor final : public Executor {
 public:
  ReferenceExecutor(Graph graph, ReferenceState& state)
      : Executor(std::move(graph)), state_(state) {}

  void begin(Batch batch) override;
  void step(std::size_t node) override;
  std::vector<HostTensor> outputs(std::size_t node) override;
  HostTensor output() override;
  std::vector<std::int32_t> output_argmax() override;
  std::string variant(std::size_t) const override { return "reference"; }

 private:
  using Held =
      std::variant<std::monostate, reference::MatrixF, reference::Quantized, reference::MatrixF16>;

  const reference::MatrixF& f32(const Node& node, std::size_t input) const;
  const reference::Quantized& codes(const Node& node, std::size_t input) const;
  const reference::MatrixF16& f16(const Node& node, std::size_t input) const;
  void set(ValueId id, Held held) {
    if (id != kNoValue) values_[static_cast<std::size_t>(id)] = std::move(held);
  }
  const Value& value(ValueId id) const { return graph().values[static_cast<std::size_t>(id)]; }
  std::int64_t group(const Node& node, std::size_t output) const;

  void embed(const Node& node);
  void linear(const Node& node);
  void norm(const Node& node);
  void store(const Node& node);
  void attend(const Node& node);
  void elementwise(const Node& node);
  void gather(const Node& node);
  void run_f16(const Node& node);
  static reference::GeluForm gelu_form(const Node& node);
  void norm_f16(const Node& node);
  void norm_f16_quantize(const Node& node);
  void store_f16(const Node& node);
  void attend_f16(const Node& node);
  void add_cache_rows(const Node& node, std::vector<HostTensor>& out);

  ReferenceState& state_;
  Batch batch_;
  std::vector<Held> values_;  // by ValueId
};

}  // namespace zerocl
