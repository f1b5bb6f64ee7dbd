#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "engine/models/model.h"
#include "host/profile.h"

namespace zerocl {

class Executor;
class Context;
namespace ops {
class PersistentTimes;
}

// One sequence of token ids. types: as long as ids, or empty (all 0).
struct TokenSequence {
  std::vector<TokenId> ids;
  std::vector<TokenId> types;
};

// A row-major f32 matrix on the host.
struct Matrix {
  std::int64_t rows = 0, cols = 0;
  std::vector<float> values;
  std::span<const float> row(std::int64_t r) const {
    return {values.data() + r * cols, static_cast<std::size_t>(cols)};
  }
};

struct SessionOptions {
  std::string device = {};  // index, part of a name, "reference", or empty for the best device
  bool fast_f32 = false;    // float products by CLBlast: faster on some devices, bits not promised
  bool profile = false;     // time every kernel (profile())
  bool step_times = false;  // time the steps of small batches' one launch (step_times())
  std::string inject = {};  // "OPERATOR:KIND": spoil one operator's device code (verify --inject)
  // Larger batches run in pieces of whole sequences. 0: 4096, on GPUs up to 32768.
  std::int64_t max_batch_tokens = 0;
};

// Runs one model on one device: owns the queue, the activations and the key/value cache. Not
// thread-safe; several sessions may share a Model. Weights are loaded by the first call that needs
// them. All functions throw Error (ids out of range, sequences longer than the model's positions,
// ...).
class Session {
 public:
  explicit Session(std::shared_ptr<const Model> model, const SessionOptions& options = {});
  ~Session();
  Session(Session&&) noexcept;

  const Model& model() const;
  std::string device_name() const;

  // The model's own output, one matrix a sequence: [T, hidden] hidden states, [T, V] logits of a
  // language model, [1, labels] scores of a classifier. A sequence's bits do not depend on the
  // others.
  std::vector<Matrix> forward(std::span<const TokenSequence> batch);
  // One vector a sequence: hidden states, pooled as `pooling` says, of unit length if `normalize`.
  Matrix embed(std::span<const TokenSequence> batch, Pooling pooling, bool normalize);
  // Hidden states without pooling, [T, hidden] a sequence.
  std::vector<Matrix> hidden(std::span<const TokenSequence> batch);

  // Decoders: sequences that stay in the key/value cache.
  using SequenceId = int;
  SequenceId open_sequence();
  void close_sequence(SequenceId id);
  std::int64_t length(SequenceId id) const;  // tokens in the cache
  // Appends tokens (a prompt, a chunk of it, or one token); logits [wanted, V] of the last `wanted`
  // of them. The bits do not depend on how a text is cut into calls.
  Matrix extend(SequenceId id, std::span<const TokenId> tokens, std::int64_t wanted = 1);
  // The same for several sequences in one pass; logits of the last token of each, [S, V].
  Matrix extend_batch(std::span<const SequenceId> ids,
                      std::span<const std::vector<TokenId>> tokens);
  // As extend with wanted = 1, but the id of the largest logit alone leaves the device.
  TokenId extend_greedy(SequenceId id, std::span<const TokenId> tokens);

  // With SessionOptions::profile: device time per operator since the last clear.
  Profile& profile();
  // With SessionOptions::step_times: clocks of each step since the last clear; nullptr where the
  // device has no such launch.
  ops::PersistentTimes* step_times();

  // For verify and bench: the executor of a task's graph.
  Executor& executor(Task task, Pooling pooling = Pooling::mean, bool normalize = false);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace zerocl
