#pragma once

#include "tests/exhaustive/device.h"

namespace zerocl::exhaustive {

// Runs the sum trees of cl_kernels/common/sum_tree.h in all three launch shapes on rows of many
// lengths and compares with the reference's. Prints a line for each shape to stdout, differences
// to stderr. Returns whether all bits agree.
bool compare_sum_trees(Device& device);

}  // namespace zerocl::exhaustive
