#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <initializer_list>
#include <string_view>

#include "engine/verify/kernel_case.h"
#include "host/queue.h"

namespace zerocl {

// The queue that tests of operators share, on the device of select_device("") or the one that the
// environment variable ZEROCL_TEST_DEVICE names.
Queue& shared_queue();

// Every variant of an operator that runs on the test device, on every quick case: the bits of the
// reference. Variants that cannot run are printed with the reason.
void check_family(const KernelFamily& family);

// `call` throws an Error whose message contains all of `parts`.
void expect_error(const std::function<void()>& call, std::initializer_list<std::string_view> parts);

}  // namespace zerocl
