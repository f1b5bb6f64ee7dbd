#pragma once

#include <CLI/App.hpp>
#include <functional>

namespace zerocl::cli {

// What the chosen command does; returns the exit status. Throws Error (whose kind is the exit
// status), BrokenPipe or Interrupted.
using Run = std::function<int()>;

// Each declares one command with its options, and sets `run` when the user has chosen it.
void add_devices(CLI::App& program, Run& run);
void add_quantize(CLI::App& program, Run& run);
void add_inspect(CLI::App& program, Run& run);
void add_tokenize(CLI::App& program, Run& run);
void add_forward(CLI::App& program, Run& run);
void add_encode(CLI::App& program, Run& run);
void add_classify(CLI::App& program, Run& run);
void add_generate(CLI::App& program, Run& run);
void add_perplexity(CLI::App& program, Run& run);
void add_eval(CLI::App& program, Run& run);
void add_verify(CLI::App& program, Run& run);
void add_bench(CLI::App& program, Run& run);

}  // namespace zerocl::cli
