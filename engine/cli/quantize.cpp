#include "engine/quantize/quantize_model.h"

#include <fmt/format.h>

#include "engine/cli/commands.h"
#include "engine/cli/common_options.h"
#include "engine/cli/output.h"
#include "engine/cli/progress.h"
#include "engine/cli/signals.h"
#include "engine/cli/table.h"

namespace zerocl::cli {
namespace {

struct Options {
  std::string input, output;
  QuantizeOptions quantize;
  bool json = false;
};

double percent(std::uint64_t after, std::uint64_t before) {
  return before == 0 ? 100 : 100.0 * static_cast<double>(after) / static_cast<double>(before);
}

Json report_json(const Options& options, const QuantizeReport& report) {
  Json modules = Json::array();
  for (const ModuleReport& module : report.modules) {
    modules.push_back({{"module", module.module},
                       {"sqnr_db", json_number(module.sqnr_db)},
                       {"bytes_before", module.bytes_before},
                       {"bytes_after", module.bytes_after}});
  }
  return {{"input", options.input},
          {"output", options.output},
          {"scheme", options.quantize.scheme},
          {"modules", std::move(modules)},
          {"bytes_before", report.bytes_before},
          {"bytes_after", report.bytes_after},
          {"seconds", report.seconds}};
}

std::string report_text(const Options& options, const QuantizeReport& report) {
  using Align = Table::Align;
  Table table({{"module"},
               {"SQNR dB", Align::right},
               {"bytes before", Align::right},
               {"bytes after", Align::right}});
  for (const ModuleReport& module : report.modules) {
    table.add({module.module, fmt::format("{:.2f}", module.sqnr_db),
               fmt::format("{}", module.bytes_before), fmt::format("{}", module.bytes_after)});
  }
  return (table.empty() ? "" : table.text() + "\n") +
         fmt::format("{}: {}, {} -> {} ({:.1f} %), {:.1f} s\n", options.output,
                     options.quantize.scheme,
                     format_bytes(static_cast<double>(report.bytes_before)),
                     format_bytes(static_cast<double>(report.bytes_after)),
                     percent(report.bytes_after, report.bytes_before), report.seconds);
}

int run_quantize(const Options& options) {
  const InterruptGuard guard;  // the unfinished directory is removed
  QuantizeReport report;
  {
    Progress progress("quantize", "modules");
    report = quantize_model(options.input, options.output, options.quantize,
                            [&](const std::string& module, std::int64_t done, std::int64_t total) {
                              check_interrupted();
                              progress.update(done, total, module);
                            });
  }
  if (options.json) {
    out().json(report_json(options, report));
  } else {
    out().put(report_text(options, report));
  }
  return 0;
}

}  // namespace

void add_quantize(CLI::App& program, Run& run) {
  auto options = std::make_shared<Options>();
  QuantizeOptions& quantize = options->quantize;
  CLI::App* command =
      add_command(program, "quantize", "Quantize a Hugging Face model directory into another one",
                  "  zerocl quantize bert-base -o bert-base-w8a8 --scheme w8a8\n"
                  "  zerocl quantize gpt2 -o gpt2-w8a8 --groups 48 --embeddings\n"
                  "  zerocl quantize gpt2 -o gpt2-w8a8 --group-size 128 --act-group-size 128");
  command->add_option("MODEL_DIR", options->input, "Model directory to read")
      ->required()
      ->type_name("");
  command->add_option("-o,--output", options->output, "Directory to write")
      ->required()
      ->type_name("OUT_DIR");
  command
      ->add_option("--scheme", quantize.scheme,
                   "w8a8, f16 (Hopper's float tensor cores; encoders) or f32 (a plain "
                   "float32 copy)")
      ->type_name("SCHEME")
      ->capture_default_str();
  command
      ->add_option(
          "--groups", quantize.row_groups,
          "Weights share a scale in N contiguous groups of rows; default: each row its own")
      ->type_name("N")
      ->check(CLI::PositiveNumber);
  command
      ->add_option("--group-size", quantize.group_size,
                   "Weights of a row share a scale in groups of N inputs")
      ->type_name("N")
      ->check(CLI::PositiveNumber)
      ->excludes("--groups");
  command
      ->add_option("--act-group-size", quantize.activation_group_size,
                   "Activations of a token share a scale in groups of N; default: one a token")
      ->type_name("N")
      ->check(CLI::PositiveNumber);
  command->add_option("--attention", quantize.attention, "Arithmetic of attention's products")
      ->type_name("i8|f32")
      ->check(CLI::IsMember({"i8", "f32"}))
      ->capture_default_str();
  command->add_flag("--embeddings", quantize.embeddings,
                    "Word embeddings in INT8 as well, one scale a row");
  command->add_flag("--replace", quantize.replace, "Replace OUT_DIR where it is a model directory");
  declare_device(*command, quantize.device);
  declare_json(*command, options->json);
  command->callback([&run, options] { run = [options] { return run_quantize(*options); }; });
}

}  // namespace zerocl::cli
