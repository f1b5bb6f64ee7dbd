#include "engine/verify/verify_model.h"

#include <fmt/format.h>

#include <map>

#include "engine/cli/commands.h"
#include "engine/cli/common_options.h"
#include "engine/cli/output.h"
#include "engine/cli/progress.h"
#include "engine/cli/table.h"
#include "engine/cli/text_source.h"
#include "host/error.h"

namespace zerocl::cli {
namespace {

struct Options {
  std::string dir;
  TextSource source;
  VerifyOptions verify;
  bool items = false;
  bool json = false;
};

constexpr int kMismatch = static_cast<int>(ErrorKind::mismatch);

std::string hex(std::uint32_t bits) {
  return fmt::format("0x{:08x}", bits);
}

Json mismatch_json(const Mismatch& mismatch) {
  return {{"tensor", mismatch.tensor},
          {"index", mismatch.index},
          {"row", mismatch.row},
          {"col", mismatch.col},
          {"expected", hex(mismatch.expected)},
          {"actual", hex(mismatch.actual)},
          {"count", mismatch.count},
          {"text", mismatch.text()}};
}

Json item_json(const VerifyItem& item) {
  Json json = {{"kind", item.kind},
               {"name", item.name},
               {"operator", item.op},
               {"variant", item.variant},
               {"ok", !item.mismatch.has_value()}};
  if (item.mismatch) json["mismatch"] = mismatch_json(*item.mismatch);
  return json;
}

Json report_json(const Options& options, const VerifyReport& report) {
  Json items = Json::array();
  for (const VerifyItem& item : report.items) items.push_back(item_json(item));
  const VerifyItem* first = report.first_mismatch();
  Json json = {{"device", report.device},
               {"ok", first == nullptr},
               {"comparisons", report.items.size()},
               {"values_compared", report.values_compared}};
  if (!options.dir.empty()) json["model"] = options.dir;
  if (!report.output_hash.empty()) json["output_hash"] = report.output_hash;
  if (!options.verify.inject.empty()) {
    json["inject"] = options.verify.inject;
    json["caught"] = first != nullptr;
    json["caught_by"] = first != nullptr ? Json(first->kind) : Json(nullptr);
  }
  json["first_mismatch"] = first != nullptr ? item_json(*first) : Json(nullptr);
  json["items"] = std::move(items);
  return json;
}

// One line for all comparisons of a kind with one operator and variant.
std::string summary_table(const VerifyReport& report) {
  struct Count {
    std::int64_t all = 0, wrong = 0;
  };
  using Key = std::array<std::string, 3>;
  std::vector<Key> order;
  std::map<Key, Count> counts;
  for (const VerifyItem& item : report.items) {
    const Key key = {item.kind, item.op, item.variant};
    if (!counts.contains(key)) order.push_back(key);
    ++counts[key].all;
    if (item.mismatch) ++counts[key].wrong;
  }
  Table table({{"checked"}, {"operator"}, {"variant"}, {"times", Table::Align::right}, {"bits"}});
  for (const Key& key : order) {
    const Count& count = counts[key];
    table.add({key[0], key[1], key[2], fmt::format("{}", count.all),
               count.wrong == 0 ? "equal" : fmt::format("{} DIFFER", count.wrong)});
  }
  return table.text();
}

std::string item_table(const VerifyReport& report) {
  Table table({{"checked"}, {"name"}, {"operator"}, {"variant"}, {"bits"}});
  for (const VerifyItem& item : report.items) {
    table.add({item.kind, item.name, item.op, item.variant,
               item.mismatch ? "DIFFER: " + item.mismatch->text() : "equal"});
  }
  return table.text();
}

// A fault may be in the code and yet change nothing in this model: the order of a sum of one group,
// a tie that never occurs.
bool hidden_by_the_model(const Options& options, const VerifyItem& first) {
  return !options.verify.inject.empty() && !options.dir.empty() && first.kind == "kernel";
}

std::string verdict(const Options& options, const VerifyReport& report) {
  const VerifyItem* first = report.first_mismatch();
  const std::string& inject = options.verify.inject;
  std::string text;
  if (first != nullptr) {
    text =
        fmt::format("MISMATCH on {}: {} {}, operator {}, variant {}\n  {}\n", report.device,
                    first->kind, first->name, first->op, first->variant, first->mismatch->text());
    if (!inject.empty()) text += fmt::format("the injected fault {} was caught\n", inject);
    if (hidden_by_the_model(options, *first)) {
      text += "(by the operator's own cases: it changes no value of this model)\n";
    }
  } else if (!inject.empty()) {
    text = fmt::format("the injected fault {} was NOT caught\n", inject);
  } else {
    text = fmt::format("{} gives the reference's bits: {} comparisons, {} values\n", report.device,
                       report.items.size(), report.values_compared);
  }
  if (!report.output_hash.empty()) text += "output hash " + report.output_hash + "\n";
  return text;
}

void check_options(const Options& options) {
  if (options.dir.empty() != options.verify.kernels_only) {
    throw Error("verify takes a model directory, or --kernels", ErrorKind::usage);
  }
  if (!options.verify.kernels_only && !options.verify.operators.empty()) {
    throw Error("verify --op goes with --kernels", ErrorKind::usage);
  }
  if (options.verify.kernels_only && options.source.given()) {
    throw Error("verify --kernels takes no texts", ErrorKind::usage);
  }
}

int run_verify(const Options& options) {
  check_options(options);
  VerifyOptions verify = options.verify;
  if (options.source.given()) {
    for (TextPair& text : options.source.read()) verify.texts.push_back(std::move(text.text));
  }
  VerifyReport report;
  {
    Progress progress("verify", "");
    const auto show = [&](const std::string& what) { progress.show(what); };
    report = verify.kernels_only ? verify_kernels(verify, show)
                                 : verify_model(options.dir, verify, show);
  }
  if (options.json) {
    out().json(report_json(options, report));
  } else {
    out().put((options.items ? item_table(report) : summary_table(report)) + "\n" +
              verdict(options, report));
  }
  if (report.first_mismatch() != nullptr) return kMismatch;
  return options.verify.inject.empty() ? 0 : static_cast<int>(ErrorKind::failure);
}

}  // namespace

void add_verify(CLI::App& program, Run& run) {
  auto options = std::make_shared<Options>();
  VerifyOptions& verify = options->verify;
  CLI::App* command = add_command(
      program, "verify", "Compare the device with the CPU reference, bit for bit",
      "  zerocl verify gpt2-w8a8\n"
      "  zerocl verify --kernels --full\n"
      "  zerocl verify gpt2-w8a8 --inject linear_w8a8:scale   (must end with status 4)\n"
      "\n"
      "Status 0: all bits are equal; 4: the first difference is named. An injected fault is "
      "looked\n"
      "for in the model's nodes and, where it changes nothing there (the order of a sum of one\n"
      "group), in the operator's own cases; one that is not found ends with status 1, one that "
      "the\n"
      "operator cannot have with status 2.");
  command->add_option("DIR", options->dir, "Model directory")->type_name("");
  command->add_flag("--kernels", verify.kernels_only,
                    "Without a model: every operator and every variant that runs on the device");
  command
      ->add_option("--op", verify.operators, "With --kernels: these operators only, between commas")
      ->type_name("NAME,NAME")
      ->delimiter(',');
  command->add_flag("--full", verify.full_grid, "More and larger cases of each operator");
  command
      ->add_option("--inject", verify.inject,
                   "Spoil one operator's compiled device code on purpose: element, scale, rounding "
                   "or order, where the operator has such a thing")
      ->type_name("OPERATOR:KIND");
  options->source.declare(*command);
  command->add_option("--max-tokens", verify.max_tokens, "Cut each text to N tokens")
      ->type_name("N")
      ->check(CLI::PositiveNumber);
  command->add_flag("--items", options->items, "List every comparison");
  declare_device(*command, verify.device);
  declare_json(*command, options->json);
  command->callback([&run, options] { run = [options] { return run_verify(*options); }; });
}

}  // namespace zerocl::cli
