#pragma once

#include <exception>

namespace zerocl::cli {

// The user (or a scheduler) asked us to stop; thrown where there is something to clean up.
class Interrupted : public std::exception {
 public:
  const char* what() const noexcept override { return "interrupted"; }
};

// While one of these lives, the first SIGINT or SIGTERM only sets a flag, so that temporary files
// are removed and what is done is shown; a second one ends the process at once. Without it both
// end the process, as usual.
class InterruptGuard {
 public:
  InterruptGuard();
  ~InterruptGuard();
  InterruptGuard(const InterruptGuard&) = delete;
  InterruptGuard& operator=(const InterruptGuard&) = delete;
};

bool interrupted();
// Throws Interrupted if so.
void check_interrupted();

// Ends the process by the signal that interrupted it, so that a shell's loop or make sees it.
[[noreturn]] void end_by_signal();
// The same for a reader that has gone: as if SIGPIPE had never been ignored.
[[noreturn]] void end_by_broken_pipe();

// Writing to a closed pipe becomes an error that can be handled; closed standard streams become
// /dev/null, lest a model's file be opened under their number and written over.
void prepare_streams();

}  // namespace zerocl::cli
