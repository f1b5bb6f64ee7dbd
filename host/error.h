#pragma once

#include <stdexcept>
#include <string>

namespace zerocl {

// What kind of failure an Error is; the program's exit status follows from it (design 1.2).
enum class ErrorKind {
  failure = 1,    // bad input file, failed OpenCL call, disk full, ...
  usage = 2,      // the caller asked for something that does not exist or contradicts itself
  no_device = 3,  // no OpenCL device that can run in exact mode
  mismatch = 4,   // device and reference disagree
};

// The one exception of host and engine. The message names what went wrong and where
// (file, tensor, operator, device, value), so that it can be shown to a user as it is.
class Error : public std::runtime_error {
 public:
  explicit Error(const std::string& message, ErrorKind kind = ErrorKind::failure)
      : std::runtime_error(message), kind_(kind) {}
  ErrorKind kind() const noexcept { return kind_; }

 private:
  ErrorKind kind_;
};

}  // namespace zerocl
