#include "engine/verify/verify_model.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/graph/executor.h"
#include "engine/verify/verify_steps.h"
#include "host/error.h"

namespace zerocl {
namespace {

constexpr std::int64_t kDefaultTokens = 96;  // across a key block's border, and still quick

// Different lengths, scripts and punctuation; the second is longer than a block of keys.
const std::vector<std::string> kTexts = {
    "The bits are the same.",
    "It was a dark and stormy night; the rain fell in torrents, except at occasional intervals, "
    "when "
    "it was checked by a violent gust of wind which swept up the streets, rattling along the "
    "house-tops, and fiercely agitating the scanty flame of the lamps that struggled against the "
    "darkness. Through one of the obscurest quarters of London, a man, evidently of the lowest "
    "orders, was wending his solitary way. He stopped twice or thrice at different shops and "
    "houses "
    "of a description correspondent with the appearance of the quartier in which they were "
    "situated.",
    "Zürich, 1,024 kg \xe2\x80\x94 \xe6\x9d\xb1\xe4\xba\xac?!", "a"};

// Ids that need no tokenizer, from a fixed generator (Numerical Recipes' LCG).
std::vector<TokenSequence> synthetic_texts(const ModelConfig& config, std::int64_t max_tokens) {
  std::vector<TokenSequence> texts;
  std::uint32_t state = 1;
  for (std::int64_t length : {std::int64_t{7}, max_tokens, std::int64_t{1}}) {
    TokenSequence text;
    for (std::int64_t i = 0; i < std::min(length, config.max_tokens() - 1); ++i) {
      state = state * 1664525U + 1013904223U;
      text.ids.push_back(
          static_cast<TokenId>((state >> 8) % static_cast<std::uint32_t>(config.vocabulary)));
    }
    if (!text.ids.empty()) texts.push_back(std::move(text));
  }
  return texts;
}

std::vector<TokenSequence> encode_texts(const Model& model, const VerifyOptions& options) {
  const std::int64_t wanted = options.max_tokens > 0 ? options.max_tokens : kDefaultTokens;
  // One position stays free for the decoder's next token.
  const std::int64_t longest =
      std::min(wanted, model.config().max_tokens() - (model.config().causal() ? 1 : 0));
  if (!model.has_tokenizer()) return synthetic_texts(model.config(), longest);
  std::vector<TokenSequence> texts;
  for (const std::string& text : options.texts.empty() ? kTexts : options.texts) {
    Encoding encoding = model.tokenizer().encode(text);
    const auto length = std::min(encoding.ids.size(), static_cast<std::size_t>(longest));
    encoding.ids.resize(length);
    if (length > 0) texts.push_back({std::move(encoding.ids), {}});
  }
  if (texts.empty()) throw Error("verify: no text has a token", ErrorKind::usage);
  return texts;
}

std::set<std::string> operators_of(Session& session, const ModelConfig& config) {
  std::set<std::string> ops;
  const Executor& executor = session.executor(Task::forward);
  for (std::size_t n = 0; n < executor.graph().nodes.size(); ++n) {
    ops.insert(op_name(executor.graph().nodes[n].op));
    ops.insert(executor.operator_name(n));
  }
  if (config.causal()) ops.insert("argmax");
  return ops;
}

}  // namespace

const VerifyItem* VerifyReport::first_mismatch() const {
  for (const VerifyItem& item : items)
    if (item.mismatch) return &item;
  return nullptr;
}

VerifyReport verify_model(const std::filesystem::path& dir, const VerifyOptions& options,
                          const VerifyProgress& progress) {
  const std::shared_ptr<const Model> model = Model::open(dir);
  Session device(model, {.device = options.device, .inject = options.inject});
  Session reference(model, {.device = "reference"});
  VerifyReport report;
  report.device = device.device_name();
  const std::set<std::string> ops = operators_of(device, model->config());
  if (!options.inject.empty()) {
    const InjectionSpec spec = parse_injection_spec(options.inject);
    if (!ops.contains(spec.op))
      throw Error(fmt::format("--inject {}: the model does not run operator \"{}\"", options.inject,
                              spec.op),
                  ErrorKind::usage);
  }
  const std::vector<TokenSequence> texts = encode_texts(*model, options);
  verify_lockstep(device, reference, texts, report, progress);
  if (!options.inject.empty()) {
    // The fault must be found by the model's own nodes or, where its data hide it (a tie that never
    // occurs), by the operator's case grid.
    if (!report.first_mismatch())
      verify_kernel_grid(options, {parse_injection_spec(options.inject).op}, report, progress);
    return report;
  }
  if (report.first_mismatch()) return report;
  verify_invariance(device, texts, report, progress);
  verify_kernel_grid(options, ops, report, progress);
  return report;
}

VerifyReport verify_kernels(const VerifyOptions& options, const VerifyProgress& progress) {
  VerifyReport report;
  std::set<std::string> only(options.operators.begin(), options.operators.end());
  for (const std::string& op : only)
    if (std::none_of(kernel_families().begin(), kernel_families().end(),
                     [&](const KernelFamily& family) { return family.op == op; }))
      throw Error(fmt::format("--op: there is no operator \"{}\"", op), ErrorKind::usage);
  if (!options.inject.empty()) only.insert(parse_injection_spec(options.inject).op);
  verify_kernel_grid(options, only, report, progress);
  return report;
}

}  // namespace zerocl
