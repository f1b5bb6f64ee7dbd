#include "tests/exhaustive/sum_trees.h"

#include <bit>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <random>
#include <vector>

#include "reference/sum_tree.h"
#include "tests/exhaustive/sweep_functions.h"

namespace zerocl::exhaustive {
namespace {

// Every length around the seams: of a vector, of 8 lanes, of a block of 256.
std::vector<int> lengths() {
  std::vector<int> all;
  for (int n = 0; n <= 40; ++n) all.push_back(n);
  for (int seam : {128, 256, 384, 512, 768, 1024, 3072, 4096}) {
    for (int n = seam - 9; n <= seam + 17; ++n) all.push_back(n);
  }
  return all;
}

// Signs and magnitudes so mixed that nearly every change of order changes the sum.
std::vector<float> row_of(int n) {
  std::mt19937 random(static_cast<unsigned>(n));
  std::uniform_real_distribution<float> fraction(-1.0f, 1.0f);
  std::vector<float> row(static_cast<std::size_t>(n));
  for (float& x : row) x = std::ldexp(fraction(random), static_cast<int>(random() % 12));
  return row;
}

}  // namespace

bool compare_sum_trees(Device& device) {
  const char* const names[] = {"row", "256 work-items", "32 work-items x 8"};
  bool equal = true;
  for (int shape = sweep_tree_row; shape <= sweep_tree_items_32; ++shape) {
    int rows = 0, wrong = 0;
    for (int n : lengths()) {
      const std::vector<float> row = row_of(n);
      std::vector<float> distances = row;
      for (float& x : distances) x -= 1.0f;
      const float sum = reference::sum_tree_256(row);
      const float squares = reference::sum_tree_256_squares(distances);
      const std::vector<float> got = device.tree(shape, row);
      ++rows;
      if (std::bit_cast<std::uint32_t>(sum) == std::bit_cast<std::uint32_t>(got[0]) &&
          std::bit_cast<std::uint32_t>(squares) == std::bit_cast<std::uint32_t>(got[1])) {
        continue;
      }
      if (wrong++ == 0) {
        std::fprintf(stderr, "sum_tree (%s): n = %d: expected %a, %a, got %a, %a\n", names[shape],
                     n, double{sum}, double{squares}, double{got[0]}, double{got[1]});
      }
    }
    std::printf("sum_tree (%s): %d rows, %d differ\n", names[shape], rows, wrong);
    equal = equal && wrong == 0;
  }
  return equal;
}

}  // namespace zerocl::exhaustive
