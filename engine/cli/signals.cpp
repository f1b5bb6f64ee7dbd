#include "engine/cli/signals.h"

#include <fcntl.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <initializer_list>

namespace zerocl::cli {
namespace {

volatile std::sig_atomic_t caught_signal = 0;

void remember(int signal) {
  caught_signal = signal;
}

void set_handler(int signal, void (*handler)(int), int flags) {
  struct sigaction action = {};
  action.sa_handler = handler;
  action.sa_flags = flags;
  sigemptyset(&action.sa_mask);
  sigaction(signal, &action, nullptr);
}

[[noreturn]] void end_by(int signal) {
  set_handler(signal, SIG_DFL, 0);
  raise(signal);
  std::_Exit(128 + signal);  // where the signal is blocked
}

}  // namespace

InterruptGuard::InterruptGuard() {
  for (const int signal : {SIGINT, SIGTERM}) {
    set_handler(signal, remember, static_cast<int>(SA_RESETHAND) | SA_RESTART);
  }
}

InterruptGuard::~InterruptGuard() {
  for (const int signal : {SIGINT, SIGTERM}) set_handler(signal, SIG_DFL, 0);
}

bool interrupted() {
  return caught_signal != 0;
}

void check_interrupted() {
  if (interrupted()) throw Interrupted();
}

void end_by_signal() {
  end_by(caught_signal != 0 ? static_cast<int>(caught_signal) : SIGINT);
}

void end_by_broken_pipe() {
  end_by(SIGPIPE);
}

void prepare_streams() {
  set_handler(SIGPIPE, SIG_IGN, 0);
  for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (fcntl(stream, F_GETFD) != -1) continue;
    // open() takes the lowest number that is free: this one. Reading from it ends at once, and a
    // product that nobody receives is an error, so standard output is not writable.
    const int mode = stream == STDERR_FILENO ? O_WRONLY : O_RDONLY;
    if (open("/dev/null", mode) != stream) std::_Exit(1);
  }
}

}  // namespace zerocl::cli
