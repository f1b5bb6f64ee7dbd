#include <fmt/format.h>

#include "cl_kernels/abi/numerics.h"  // KEY_BLOCK
#include "engine/graph/executor.h"
#include "engine/session/make_batch.h"
#include "engine/verify/verify_steps.h"

namespace zerocl {
namespace {

// A batch of sequences that starts at `position` of each and has cache blocks for `capacity` keys.
Batch make_batch(const ModelConfig& config, const std::vector<TokenSequence>& sequences,
                 const std::vector<std::int64_t>& positions, std::int64_t capacity) {
  Batch batch;
  const std::int64_t blocks_each = (capacity + KEY_BLOCK - 1) / KEY_BLOCK;
  for (std::size_t i = 0; i < sequences.size(); ++i) {
    check_tokens(config, sequences[i].ids, sequences[i].types, positions[i]);
    append_tokens(config, batch, sequences[i].ids, sequences[i].types, positions[i]);
    Batch::Sequence entry{static_cast<std::int64_t>(i) + 1,
                          static_cast<std::int64_t>(sequences[i].ids.size()),
                          positions[i],
                          {}};
    // Blocks out of order on purpose: the block table must be what decides.
    for (std::int64_t b = 0; b < blocks_each; ++b)
      entry.blocks.push_back(static_cast<std::int32_t>(
          (blocks_each - 1 - b) * static_cast<std::int64_t>(sequences.size()) +
          static_cast<std::int64_t>(i)));
    batch.sequences.push_back(std::move(entry));
  }
  for (std::int32_t row = 0; row < batch.tokens(); ++row) batch.output_rows.push_back(row);
  return batch;
}

// False at the first difference.
bool run_lockstep(Executor& device, Executor& reference, const Batch& batch,
                  const std::string& suffix, VerifyReport& report, const VerifyProgress& progress) {
  device.begin(batch);
  reference.begin(batch);
  const Graph& graph = device.graph();
  for (std::size_t n = 0; n < graph.nodes.size(); ++n) {
    const Node& node = graph.nodes[n];
    if (progress) progress(node.name + suffix);
    device.step(n);
    reference.step(n);
    if (device.merged(n)) continue;
    const VerifyItem item{"node", node.name + suffix, device.operator_name(n), device.variant(n),
                          compare_all(reference.outputs(n), device.outputs(n), report)};
    report.items.push_back(item);
    if (item.mismatch) return false;
  }
  return true;
}

}  // namespace

void verify_lockstep(Session& device, Session& reference, const std::vector<TokenSequence>& texts,
                     VerifyReport& report, const VerifyProgress& progress) {
  const ModelConfig& config = device.model().config();
  std::int64_t longest = 0;
  for (const TokenSequence& text : texts)
    longest = std::max(longest, static_cast<std::int64_t>(text.ids.size()));
  Executor& on_device = device.executor(Task::forward);
  Executor& in_reference = reference.executor(Task::forward);
  const std::vector<std::int64_t> start(texts.size(), 0);
  const Batch first = make_batch(config, texts, start, longest + 1);
  if (!run_lockstep(on_device, in_reference, first, "", report, progress)) return;
  report.output_hash = fmt::format("{:016x}", hash_bits(on_device.output()));

  if (config.causal()) {
    // One more token each, through the cache that the first pass filled.
    std::vector<TokenSequence> next;
    std::vector<std::int64_t> positions;
    for (const TokenSequence& text : texts) {
      next.push_back({{text.ids.front()}, {}});
      positions.push_back(static_cast<std::int64_t>(text.ids.size()));
    }
    run_lockstep(on_device, in_reference, make_batch(config, next, positions, longest + 1),
                 " (next token)", report, progress);
  } else if (config.head == HeadType::none) {
    const Batch again = make_batch(config, texts, start, longest + 1);
    run_lockstep(device.executor(Task::embedding, config.pooling, config.normalize),
                 reference.executor(Task::embedding, config.pooling, config.normalize), again,
                 " (embedding)", report, progress);
  }
}

}  // namespace zerocl
