#include "reference/moments.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "cl_kernels/abi/numerics.h"
#include "reference/elementary.h"

namespace zerocl::reference {
namespace {

// A block's elements, or their distances from its mean; +0 where it has none.
using Block = std::array<float, MOMENTS_BLOCK>;
// The sum of each four neighbours.
using Fours = std::array<float, MOMENTS_BLOCK / 4>;

Fours sums(const Block& v) {
  Fours fours{};
  for (std::size_t c = 0; c < fours.size(); ++c)
    fours[c] = ((v[4 * c] + v[4 * c + 1]) + v[4 * c + 2]) + v[4 * c + 3];
  return fours;
}

Fours squares(const Block& d) {
  Fours fours{};
  for (std::size_t c = 0; c < fours.size(); ++c) {
    fours[c] = d[4 * c] * d[4 * c];
    for (std::size_t i = 1; i < 4; ++i) fours[c] = std::fma(d[4 * c + i], d[4 * c + i], fours[c]);
  }
  return fours;
}

// Rounds that add fours whose columns differ in one bit.
float joined(Fours fours) {
  for (const std::size_t bit : {16 / 4, 32 / 4, 4 / 4, 8 / 4})
    for (std::size_t c = 0; c < fours.size(); ++c)
      if ((c & bit) == 0) fours[c] = fours[c] + fours[c | bit];
  return fours[0];
}

struct Part {
  float count, sum, mean, squares;
};
Part part_of(std::span<const float> h) {
  Block block{};
  std::copy(h.begin(), h.end(), block.begin());
  Part part{static_cast<float>(h.size()), joined(sums(block)), 0.0f, 0.0f};
  part.mean = part.sum * (1.0f / part.count);
  for (std::size_t k = 0; k < h.size(); ++k) block[k] = h[k] - part.mean;
  part.squares = joined(squares(block));
  return part;
}

}  // namespace

Moments moments64(std::span<const float> h) {
  std::vector<Part> parts;
  for (std::size_t k = 0; k < h.size(); k += MOMENTS_BLOCK)
    parts.push_back(part_of(h.subspan(k, std::min<std::size_t>(MOMENTS_BLOCK, h.size() - k))));
  const float each = 1.0f / static_cast<float>(h.size());
  float sum = 0.0f, within = 0.0f, between = 0.0f;
  for (const Part& part : parts) {
    sum = sum + part.sum;
    within = within + part.squares;
  }
  const float mean = sum * each;
  for (const Part& part : parts) {
    const float e = part.mean - mean;
    between = std::fma(part.count * e, e, between);
  }
  return {mean, (within + between) * each};
}

MatrixF norm64(const MatrixF& h, std::span<const float> gamma, std::span<const float> beta,
               float eps) {
  MatrixF y(h.rows(), h.cols());
  for (Index m = 0; m < h.rows(); ++m) {
    const std::span row(h.data() + m * h.cols(), static_cast<std::size_t>(h.cols()));
    const auto [mean, variance] = moments64(row);
    const float scale = rsqrt(variance + eps);
    for (std::size_t k = 0; k < row.size(); ++k)
      y(m, static_cast<Index>(k)) = std::fma((row[k] - mean) * scale, gamma[k], beta[k]);
  }
  return y;
}

}  // namespace zerocl::reference
