#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "host/error.h"

namespace zerocl::test {

// Runs `action`, which must throw zerocl::Error with a message that holds each of `parts`.
template <class Action>
void expect_error(const Action& action, const std::vector<std::string>& parts) {
  try {
    action();
    ADD_FAILURE() << "no error; expected one with: " << (parts.empty() ? "" : parts.front());
  } catch (const Error& error) {
    for (const std::string& part : parts) {
      EXPECT_NE(std::string(error.what()).find(part), std::string::npos)
          << "\"" << part << "\" is not in: " << error.what();
    }
  }
}

}  // namespace zerocl::test
