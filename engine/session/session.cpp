#include "engine/session/session.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <numeric>
#include <set>
#include <tuple>
#include <utility>

#include "engine/graph/device_executor.h"
#include "engine/graph/reference_executor.h"
#include "engine/session/cache_blocks.h"
#include "engine/session/make_batch.h"
#include "host/error.h"

namespace zerocl {
namespace {

// Tokens of one forward pass by default: enough to fill the device several times over, and on GPUs
// a token for each MiB of memory, so that activations of large models fit small cards.
constexpr std::int64_t kCpuBatchTokens = 4096;
constexpr std::int64_t kGpuBatchTokens = 32768;

std::int64_t default_batch_tokens(const DeviceFacts& facts) {
  if (!facts.is_gpu) return kCpuBatchTokens;
  const auto mebibytes = static_cast<std::int64_t>(facts.global_mem_bytes >> 20);
  return std::clamp(mebibytes, kCpuBatchTokens, kGpuBatchTokens);
}

// Cuts a batch into runs of whole sequences of at most `max_tokens` tokens (one sequence may exceed
// it alone). Bits do not depend on the cut.
std::vector<std::pair<std::size_t, std::size_t>> pieces_of(std::span<const TokenSequence> batch,
                                                           std::int64_t max_tokens) {
  std::vector<std::pair<std::size_t, std::size_t>> pieces;
  std::size_t first = 0;
  std::int64_t tokens = 0;
  for (std::size_t i = 0; i < batch.size(); ++i) {
    const auto length = static_cast<std::int64_t>(batch[i].ids.size());
    if (i > first && tokens + length > max_tokens) {
      pieces.emplace_back(first, i);
      first = i;
      tokens = 0;
    }
    tokens += length;
  }
  if (first < batch.size()) pieces.emplace_back(first, batch.size());
  return pieces;
}

Matrix to_matrix(const HostTensor& tensor) {
  const float* values = elements<float>(tensor);
  return {tensor.rows, tensor.cols, {values, values + tensor.rows * tensor.cols}};
}

Matrix slice_rows(const Matrix& from, std::int64_t first, std::int64_t rows) {
  const auto begin = from.values.begin() + first * from.cols;
  return {rows, from.cols, {begin, begin + rows * from.cols}};
}

// A batch's sequences, whose keys and values the reference forgets at the end of a scope.
class ForgottenSequences {
 public:
  // `first`, first + 1, ...: their numbers.
  ForgottenSequences(ReferenceState* reference, std::int64_t first, std::int64_t count)
      : reference_(reference), first_(first), count_(count) {}
  ~ForgottenSequences() {
    if (reference_ == nullptr) return;
    for (std::int64_t id = first_; id < first_ + count_; ++id) reference_->forget(id);
  }
  ForgottenSequences(const ForgottenSequences&) = delete;
  ForgottenSequences& operator=(const ForgottenSequences&) = delete;

 private:
  ReferenceState* reference_;  // nullptr: a device, which forgets by writing over
  std::int64_t first_, count_;
};

}  // namespace

struct Session::State {
  State(std::shared_ptr<const Model> m, const SessionOptions& o) : model(std::move(m)), options(o) {
    if (o.max_batch_tokens < 0)
      throw Error(fmt::format("max_batch_tokens is {}", o.max_batch_tokens), ErrorKind::usage);
    if (o.device == "reference")
      reference = std::make_unique<ReferenceState>(model);
    else
      device = std::make_unique<DeviceState>(model, o.device, o.profile, o.inject, o.step_times);
    if (options.max_batch_tokens == 0)
      options.max_batch_tokens =
          device ? default_batch_tokens(device->context->facts()) : kCpuBatchTokens;
  }

  struct Open {
    HeldBlocks blocks;
    std::int64_t length = 0;
  };

  std::shared_ptr<const Model> model;
  SessionOptions options;
  std::unique_ptr<DeviceState> device;  // one of the two
  std::unique_ptr<ReferenceState> reference;
  std::map<std::tuple<Task, Pooling, bool>, std::unique_ptr<Executor>> executors;
  CacheBlocks blocks;
  std::map<SequenceId, Open> open;
  std::int64_t next_id = 1;

  Executor& executor(Task task, Pooling pooling, bool normalize);
  Matrix run_piece(Executor& executor, std::span<const TokenSequence> piece);
  std::vector<Matrix> run(Executor& executor, std::span<const TokenSequence> batch, bool per_token);
  void check_causal() const;
  Batch extend_batch(Open& sequence, SequenceId id, std::span<const TokenId> tokens,
                     std::int64_t wanted);
  Executor& extend(SequenceId id, std::span<const TokenId> tokens, std::int64_t wanted);
  Open& find(SequenceId id) {
    const auto it = open.find(id);
    if (it == open.end()) throw Error(fmt::format("no open sequence {}", id), ErrorKind::usage);
    return it->second;
  }
};

Executor& Session::State::executor(Task task, Pooling pooling, bool normalize) {
  auto& slot = executors[{task, pooling, normalize}];
  if (!slot) {
    const GraphOptions graph{
        .fast_f32 = options.fast_f32, .pooling = pooling, .normalize = normalize};
    Graph built = model->graph(task, graph);
    if (device)
      slot = std::make_unique<DeviceExecutor>(std::move(built), *device);
    else
      slot = std::make_unique<ReferenceExecutor>(std::move(built), *reference);
  }
  return *slot;
}

// Whole sequences that leave nothing in the cache.
Matrix Session::State::run_piece(Executor& executor, std::span<const TokenSequence> piece) {
  Batch batch;
  std::vector<HeldBlocks> held;  // until the end, also where a token is refused or the run fails
  const std::int64_t first_id = next_id;
  std::size_t tokens = 0;
  for (const TokenSequence& sequence : piece) tokens += sequence.ids.size();
  batch.ids.reserve(tokens);
  batch.types.reserve(model->config().types > 0 ? tokens : 0);
  batch.positions.reserve(tokens);
  batch.sequences.reserve(piece.size());
  held.reserve(piece.size());
  for (const TokenSequence& sequence : piece) {
    check_tokens(model->config(), sequence.ids, sequence.types, 0);
    const auto length = static_cast<std::int64_t>(sequence.ids.size());
    append_tokens(model->config(), batch, sequence.ids, sequence.types, 0);
    held.emplace_back(blocks).reserve(length);
    batch.sequences.push_back({next_id++, length, 0, held.back().list()});
  }
  batch.output_rows.resize(batch.ids.size());
  std::iota(batch.output_rows.begin(), batch.output_rows.end(), 0);
  const ForgottenSequences forgotten(reference.get(), first_id, next_id - first_id);
  executor.run(std::move(batch));
  return to_matrix(executor.output());
}

std::vector<Matrix> Session::State::run(Executor& executor, std::span<const TokenSequence> batch,
                                        bool per_token) {
  std::vector<Matrix> out;
  for (const auto& [first, last] : pieces_of(batch, options.max_batch_tokens)) {
    const std::span<const TokenSequence> piece = batch.subspan(first, last - first);
    const Matrix rows = run_piece(executor, piece);
    std::int64_t row = 0;
    for (const TokenSequence& sequence : piece) {
      const auto count = per_token ? static_cast<std::int64_t>(sequence.ids.size()) : 1;
      out.push_back(slice_rows(rows, row, count));
      row += count;
    }
  }
  return out;
}

void Session::State::check_causal() const {
  if (!model->config().causal())
    throw Error(fmt::format("{}: a {} model does not generate", model->path().string(),
                            family_name(model->config().family)),
                ErrorKind::usage);
}

// The last `wanted` rows get logits.
Batch Session::State::extend_batch(Open& sequence, SequenceId id, std::span<const TokenId> tokens,
                                   std::int64_t wanted) {
  Batch batch;
  const auto length = static_cast<std::int64_t>(tokens.size());
  append_tokens(model->config(), batch, tokens, {}, sequence.length);
  sequence.blocks.reserve(sequence.length + length);
  batch.sequences.push_back({id, length, sequence.length, sequence.blocks.list()});
  for (std::int64_t row = length - wanted; row < length; ++row)
    batch.output_rows.push_back(static_cast<std::int32_t>(row));
  return batch;
}

// Runs the tokens in pieces of max_batch_tokens, the last of which holds all wanted rows; the
// executor then has their logits.
Executor& Session::State::extend(SequenceId id, std::span<const TokenId> tokens,
                                 std::int64_t wanted) {
  Open& sequence = find(id);
  check_causal();
  check_tokens(model->config(), tokens, {}, sequence.length);
  const auto total = static_cast<std::int64_t>(tokens.size());
  if (wanted < 0 || wanted > total)
    throw Error(fmt::format("{} rows of {} tokens", wanted, total), ErrorKind::usage);
  Executor& run = executor(Task::forward, Pooling::mean, false);
  std::int64_t done = 0;
  const std::int64_t piece = options.max_batch_tokens;
  while (total - done > piece && total - done - piece >= wanted) {
    run.run(extend_batch(
        sequence, id,
        tokens.subspan(static_cast<std::size_t>(done), static_cast<std::size_t>(piece)), 0));
    sequence.length += piece;
    done += piece;
  }
  run.run(extend_batch(sequence, id, tokens.subspan(static_cast<std::size_t>(done)), wanted));
  sequence.length += total - done;
  return run;
}

Session::Session(std::shared_ptr<const Model> model, const SessionOptions& options)
    : state_(std::make_unique<State>(std::move(model), options)) {}
Session::~Session() = default;
Session::Session(Session&&) noexcept = default;

const Model& Session::model() const {
  return *state_->model;
}

std::string Session::device_name() const {
  return state_->device ? state_->device->context->facts().name : "reference";
}

std::vector<Matrix> Session::forward(std::span<const TokenSequence> batch) {
  const bool per_token = model().config().head != HeadType::sequence_classification;
  return state_->run(state_->executor(Task::forward, Pooling::mean, false), batch, per_token);
}

std::vector<Matrix> Session::hidden(std::span<const TokenSequence> batch) {
  return state_->run(state_->executor(Task::hidden, Pooling::mean, false), batch, true);
}

Matrix Session::embed(std::span<const TokenSequence> batch, Pooling pooling, bool normalize) {
  if (pooling == Pooling::none)
    throw Error("embed needs a pooling; hidden() gives token vectors", ErrorKind::usage);
  Matrix out{0, model().config().hidden, {}};
  for (const Matrix& row :
       state_->run(state_->executor(Task::embedding, pooling, normalize), batch, false)) {
    out.values.insert(out.values.end(), row.values.begin(), row.values.end());
    ++out.rows;
  }
  return out;
}

Session::SequenceId Session::open_sequence() {
  const auto id = static_cast<SequenceId>(state_->next_id++);
  state_->open.emplace(id, State::Open{HeldBlocks(state_->blocks), 0});
  return id;
}

void Session::close_sequence(SequenceId id) {
  state_->find(id);
  state_->open.erase(id);
  if (state_->reference) state_->reference->forget(id);
}

std::int64_t Session::length(SequenceId id) const {
  return state_->find(id).length;
}

Matrix Session::extend(SequenceId id, std::span<const TokenId> tokens, std::int64_t wanted) {
  return to_matrix(state_->extend(id, tokens, wanted).output());
}

TokenId Session::extend_greedy(SequenceId id, std::span<const TokenId> tokens) {
  return state_->extend(id, tokens, 1).output_argmax().front();
}

Matrix Session::extend_batch(std::span<const SequenceId> ids,
                             std::span<const std::vector<TokenId>> tokens) {
  if (ids.size() != tokens.size())
    throw Error(fmt::format("{} sequences, {} token lists", ids.size(), tokens.size()),
                ErrorKind::usage);
  state_->check_causal();
  std::set<SequenceId> seen;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    // Its second part would need to know that the first has made it longer.
    if (!seen.insert(ids[i]).second)
      throw Error(fmt::format("sequence {} stands twice in a batch", ids[i]), ErrorKind::usage);
    check_tokens(model().config(), tokens[i], {}, state_->find(ids[i]).length);
  }
  if (ids.empty()) return {0, model().config().vocabulary, {}};
  Batch batch;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    Batch one = state_->extend_batch(state_->find(ids[i]), ids[i], tokens[i], 0);
    batch.ids.insert(batch.ids.end(), one.ids.begin(), one.ids.end());
    batch.types.insert(batch.types.end(), one.types.begin(), one.types.end());
    batch.positions.insert(batch.positions.end(), one.positions.begin(), one.positions.end());
    batch.sequences.push_back(std::move(one.sequences.front()));
    batch.output_rows.push_back(static_cast<std::int32_t>(batch.tokens()) - 1);
  }
  Executor& run = state_->executor(Task::forward, Pooling::mean, false);
  run.run(std::move(batch));
  // Only now: a run that failed has left the sequences as they were.
  for (std::size_t i = 0; i < ids.size(); ++i)
    state_->find(ids[i]).length += static_cast<std::int64_t>(tokens[i].size());
  return to_matrix(run.output());
}

ops::PersistentTimes* Session::step_times() {
  if (!state_->device) return nullptr;
  DeviceState& device = *state_->device;
  return device.persistent || device.persistent_mid ? &device.step_times : nullptr;
}

Profile& Session::profile() {
  if (!state_->device) throw Error("the reference has no device profile", ErrorKind::usage);
  return state_->device->queue.profile();
}

Executor& Session::executor(Task task, Pooling pooling, bool normalize) {
  return state_->executor(task, pooling, normalize);
}

}  // namespace zerocl
