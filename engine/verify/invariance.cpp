#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "engine/verify/verify_steps.h"

namespace zerocl {
namespace {

constexpr std::size_t kBatch = 64;

HostTensor to_tensor(const std::string& name, const Matrix& matrix) {
  HostTensor tensor = make_host_tensor(name, DType::f32, matrix.rows, matrix.cols);
  std::memcpy(tensor.data.data(), matrix.values.data(), tensor.data.size());
  return tensor;
}

void compare(const std::string& name, const Matrix& want, const Matrix& got, VerifyReport& report) {
  report.values_compared += want.rows * want.cols;
  report.items.push_back({"invariance", name, "model", "",
                          compare_bits(to_tensor("output", want), to_tensor("output", got))});
}

// 64 sequences of mixed lengths made of the texts: pieces of them, so that no two neighbours agree.
std::vector<TokenSequence> mixed_batch(const std::vector<TokenSequence>& texts) {
  std::vector<TokenSequence> batch;
  for (std::size_t i = 0; i < kBatch; ++i) {
    const TokenSequence& text = texts[i % texts.size()];
    if (i < texts.size()) {
      batch.push_back(text);
      continue;
    }
    const std::size_t length = 1 + (i * 7) % text.ids.size();
    TokenSequence piece{{text.ids.end() - static_cast<std::ptrdiff_t>(length), text.ids.end()}, {}};
    batch.push_back(std::move(piece));
  }
  std::reverse(batch.begin(), batch.end());  // the whole texts stand last
  return batch;
}

// Prefill in chunks of 1, 7 and 64 tokens against one piece: logits of the last token.
void verify_chunks(Session& device, const TokenSequence& text, VerifyReport& report) {
  const auto whole_id = device.open_sequence();
  const Matrix whole = device.extend(whole_id, text.ids);
  device.close_sequence(whole_id);
  for (std::size_t chunk : {1, 7, 64}) {
    if (chunk >= text.ids.size()) continue;
    const auto id = device.open_sequence();
    Matrix last;
    for (std::size_t at = 0; at < text.ids.size(); at += chunk) {
      const std::size_t count = std::min(chunk, text.ids.size() - at);
      last = device.extend(id, std::span(text.ids).subspan(at, count));
    }
    device.close_sequence(id);
    compare(fmt::format("prefill in chunks of {}", chunk), whole, last, report);
  }
}

}  // namespace

void verify_invariance(Session& device, const std::vector<TokenSequence>& texts,
                       VerifyReport& report, const VerifyProgress& progress) {
  const std::vector<TokenSequence> batch = mixed_batch(texts);
  if (progress) progress(fmt::format("batch of {} mixed lengths", batch.size()));
  const std::vector<Matrix> together = device.forward(batch);
  const std::size_t count = std::min(texts.size(), kBatch);
  for (std::size_t i = 0; i < count; ++i) {
    const std::vector<Matrix> alone = device.forward(std::span(&texts[i], 1));
    compare(fmt::format("text {} alone and in a batch of {}", i + 1, batch.size()), alone.front(),
            together[batch.size() - 1 - i], report);
  }
  if (!device.model().config().causal() || device.model().config().head != HeadType::causal_lm)
    return;
  if (progress) progress("prefill in chunks");
  verify_chunks(device,
                *std::max_element(texts.begin(), texts.end(),
                                  [](const TokenSequence& a, const TokenSequence& b) {
                                    return a.ids.size() < b.ids.size();
                                  }),
                report);
}

}  // namespace zerocl
