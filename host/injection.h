#pragma once

#include <string_view>

#include "host/kernel.h"

namespace zerocl {

// True when the code that `function` reaches in a program text depends on the injection's macro:
// through the functions and macros that it names, and theirs. Headers hold the points of every
// kind, so that a plain search of the text would find them in all operators.
// The text is read as words, not compiled: code behind an #if counts as reached.
bool reaches_injection(std::string_view text, std::string_view function, Injection kind);

}  // namespace zerocl
