// The program `zerocl`: one command a file, declared in commands.h. Standard output carries the
// product, standard error everything else. Exit status: 0 done, 1 failure, 2 bad usage, 3 no usable
// device, 4 device and reference disagree.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>
#include <new>
#include <string>

#include "engine/cli/commands.h"
#include "engine/cli/output.h"
#include "engine/cli/signals.h"
#include "host/error.h"
#include "host/log.h"

namespace zerocl::cli {
namespace {

constexpr int kFailure = static_cast<int>(ErrorKind::failure);
constexpr int kUsage = static_cast<int>(ErrorKind::usage);

constexpr const char* kExamples =
    "\nExamples:\n"
    "  zerocl devices\n"
    "  zerocl quantize gpt2-novels -o gpt2-novels-w8a8 --scheme w8a8\n"
    "  zerocl verify gpt2-novels-w8a8\n"
    "  zerocl generate gpt2-novels-w8a8 -p \"It was a dark and stormy night\" -n 40\n"
    "\nExit status: 0 done, 1 failure, 2 bad usage, 3 no usable device, 4 device and reference\n"
    "disagree. ZEROCL_LOG=debug (trace, debug, info, warning, error, off) sets what is logged.";

void complain(const std::string& message) {
  std::fflush(stdout);
  std::fprintf(stderr, "zerocl: %s\n", message.c_str());
}

void declare_program(CLI::App& program, Run& run) {
  program.footer(kExamples);
  program.set_version_flag("--version", std::string("zerocl ") + ZEROCL_VERSION);
  program.add_flag_callback(
      "-v,--verbose", [] { set_log_level(LogLevel::info); }, "Log what happens on standard error");
  program.require_subcommand(1);
  program.fallthrough();  // -v after the command too
  for (const auto add :
       {add_quantize, add_generate, add_encode, add_classify, add_verify, add_perplexity, add_eval,
        add_bench, add_forward, add_tokenize, add_inspect, add_devices}) {
    add(program, run);
  }
}

// Parses the command line: 0 with `run` set, 0 without it (help was printed), or the exit status.
int parse(CLI::App& program, int argc, char** argv) {
  try {
    program.parse(argc, argv);
    return 0;
  } catch (const CLI::Success& success) {  // help, version
    std::ostringstream text, nothing;
    program.exit(success, text, nothing);
    out().put(text.str());
    out().flush();
    return 0;
  } catch (const CLI::ParseError& error) {
    complain(std::string(error.what()) + "\nRun with --help for more information.");
    return kUsage;
  }
}

int run_program(int argc, char** argv) {
  Run run;
  CLI::App program("Quantized Transformer inference on every OpenCL device, with the CPU's bits.",
                   "zerocl");
  declare_program(program, run);
  const int status = parse(program, argc, argv);
  if (status != 0 || !run) return status;
  const int result = run();
  out().flush();
  return result;
}

}  // namespace

int guarded_main(int argc, char** argv) {
  prepare_streams();
  try {
    return run_program(argc, argv);
  } catch (const BrokenPipe&) {
    end_by_broken_pipe();
  } catch (const Interrupted&) {
    complain("interrupted");
    end_by_signal();
  } catch (const Error& error) {
    if (interrupted()) end_by_signal();
    complain(error.what());
    return static_cast<int>(error.kind());
  } catch (const std::bad_alloc&) {
    complain("out of memory");
  } catch (const std::exception& error) {
    complain(error.what());
  }
  return kFailure;
}

}  // namespace zerocl::cli

int main(int argc, char** argv) {
  return zerocl::cli::guarded_main(argc, argv);
}
