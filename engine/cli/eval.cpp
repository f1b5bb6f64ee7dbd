#include <fmt/format.h>

#include "engine/cli/commands.h"
#include "engine/cli/common_options.h"
#include "engine/cli/output.h"
#include "engine/cli/progress.h"
#include "engine/cli/signals.h"
#include "engine/eval/evaluate.h"

namespace zerocl::cli {
namespace {

struct Options {
  ModelOptions model;
  std::string task, data, baseline;
  std::int64_t limit = 0;
};

int run_eval(const Options& options) {
  EvalOptions eval;
  eval.task = parse_glue_task(options.task);
  eval.data = options.data;
  eval.limit = options.limit;
  if (options.model.session.max_batch_tokens > 0)
    eval.max_batch_tokens = options.model.session.max_batch_tokens;
  const auto model = options.model.open();
  Session session(model, options.model.session);
  std::unique_ptr<Session> baseline;
  if (!options.baseline.empty()) {
    baseline = std::make_unique<Session>(Model::open(options.baseline), options.model.session);
    eval.baseline = baseline.get();
  }
  const InterruptGuard guard;
  const auto start = std::chrono::steady_clock::now();
  EvalReport report;
  {
    Progress progress("eval " + options.task, "texts");
    report = evaluate(session, eval, [&](std::int64_t done, std::int64_t total) {
      progress.update(done, total);
      return !interrupted();
    });
  }
  const double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  if (options.model.json) {
    Json json = {{"task", options.task}};
    for (const auto& [name, value] : report.metrics) json[name] = json_number(value);
    json["examples"] = report.examples;
    json["scheme"] = model->scheme();
    if (baseline) json["baseline"] = options.baseline;
    json["device"] = session.device_name();
    json["seconds"] = seconds;
    out().json(json);
  } else {
    for (const auto& [name, value] : report.metrics) {
      out().line(fmt::format("{:<11} {:.5f}", name, value));
    }
    out().line(fmt::format("{:<11} {}", "examples", report.examples));
    fmt::print(stderr, "{:.1f} s, {:.1f} examples/s\n", seconds,
               static_cast<double>(report.examples) / seconds);
  }
  return 0;
}

}  // namespace

void add_eval(CLI::App& program, Run& run) {
  auto options = std::make_shared<Options>();
  CLI::App* command = add_command(
      program, "eval", "A model's metric on a benchmark's data",
      "  zerocl eval minilm-sst2 --task sst2 --data SST-2/dev.tsv\n"
      "  zerocl eval minilm --task stsb --data sts-dev.tsv --json\n"
      "  zerocl eval minilm-w8a8 --task stsb --data sts-dev.tsv --baseline minilm\n"
      "\n"
      "Tasks: sst2 (accuracy), cola (mcc), mrpc (f1), rte (accuracy), stsb (spearman).");
  options->model.declare(*command);
  command->add_option("--task", options->task, "sst2, cola, mrpc, rte or stsb")
      ->required()
      ->type_name("TASK")
      ->check(CLI::IsMember({"sst2", "cola", "mrpc", "rte", "stsb"}));
  command->add_option("--data", options->data, "The task's data file, as it is distributed")
      ->required()
      ->type_name("FILE");
  command->add_option("--limit", options->limit, "The first N examples only")
      ->type_name("N")
      ->check(CLI::PositiveNumber);
  command
      ->add_option(
          "--baseline", options->baseline,
          "stsb: also the mean cosine of the embeddings of DIR and of this model, over all "
          "distinct sentences")
      ->type_name("DIR2");
  command->callback([&run, options] { run = [options] { return run_eval(*options); }; });
}

}  // namespace zerocl::cli
