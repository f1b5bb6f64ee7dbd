#include "engine/cli/common_options.h"

namespace zerocl::cli {

CLI::App* add_command(CLI::App& program, const std::string& name, const std::string& description,
                      const std::string& examples) {
  CLI::App* command = program.add_subcommand(name, description);
  command->footer("\nExamples:\n" + examples);
  return command;
}

void declare_device(CLI::App& command, std::string& device) {
  command
      .add_option(
          "--device", device,
          "Index or part of the name of a device (zerocl devices), or \"reference\", the CPU "
          "reference itself; default: the fastest GPU, else a CPU device")
      ->type_name("DEVICE");
}

void declare_json(CLI::App& command, bool& json) {
  command.add_flag("--json", json, "Print JSON");
}

void ModelOptions::declare(CLI::App& command) {
  command.add_option("DIR", dir, "Model directory (Hugging Face layout, quantized or not)")
      ->required()
      ->type_name("");
  declare_device(command, session.device);
  command.add_flag("--fast-f32", session.fast_f32,
                   "Float products by CLBlast: their bits are not defined, and not verified");
  command
      .add_option("--max-batch-tokens", session.max_batch_tokens,
                  "Most tokens of one forward pass; larger batches run in pieces; 0: 4096, on GPUs "
                  "up to 32768")
      ->type_name("N")
      ->check(CLI::Range(std::int64_t{0}, std::int64_t{1} << 24))
      ->capture_default_str();
  declare_json(command, json);
}

}  // namespace zerocl::cli
