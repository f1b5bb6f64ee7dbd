#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "engine/graph/batch.h"
#include "engine/graph/graph.h"
#include "engine/graph/host_tensor.h"

namespace zerocl {

// Runs a graph node by node. There are two: one on an OpenCL device, one in the reference; verify
// walks both in lockstep. Keys and values of earlier calls are part of an executor's state.
class Executor {
 public:
  explicit Executor(Graph graph) : graph_(std::move(graph)) {}
  virtual ~Executor() = default;

  const Graph& graph() const { return graph_; }

  // Takes a batch's inputs; nodes may then be run in their order.
  virtual void begin(Batch batch) = 0;
  virtual void step(std::size_t node) = 0;
  virtual void run(Batch batch) {
    begin(std::move(batch));
    walk();
  }

  // What node `node` has just computed, as logical tensors: its outputs in the graph's order (codes
  // as two tensors, NAME and NAME.scale), then the cache rows it wrote. Valid until the next step.
  virtual std::vector<HostTensor> outputs(std::size_t node) = 0;
  // The graph's output after the last node.
  virtual HostTensor output() = 0;
  // The index of the largest element of each row of the output (NUMERICS.md 3.17): all that greedy
  // decoding needs to leave the device.
  virtual std::vector<std::int32_t> output_argmax() = 0;
  // Whether a later node computes this one too, so that it has no outputs to look at.
  virtual bool merged(std::size_t /*node*/) const { return false; }
  // The operator that a node runs: its own, or a fused one.
  virtual std::string operator_name(std::size_t node) const {
    return op_name(graph_.nodes[node].op);
  }
  // The kernel variant that a node runs; "reference" for the reference.
  virtual std::string variant(std::size_t node) const = 0;

 protected:
  void walk() {
    for (std::size_t node = 0; node < graph_.nodes.size(); ++node) step(node);
  }
  std::int64_t rows_of(const Batch& batch, Rows rows) const {
    switch (rows) {
      case Rows::tokens:
        return batch.tokens();
      case Rows::sequences:
        return static_cast<std::int64_t>(batch.sequences.size());
      case Rows::outputs:
        return static_cast<std::int64_t>(batch.output_rows.size());
    }
    return 0;
  }

 private:
  Graph graph_;
};

}  // namespace zerocl
