#pragma once

#include <span>

#include "reference/matrix.h"

namespace zerocl::reference {

struct Moments {
  float mean = 0, variance = 0;
};
// moments64 of NUMERICS.md 1.12: a row in blocks of MOMENTS_BLOCK elements, each about its own
// mean. At least one element.
Moments moments64(std::span<const float> h);

// norm64 of NUMERICS.md 3.20: rows h [M, K] normed by their moments64; gamma, beta [K].
MatrixF norm64(const MatrixF& h, std::span<const float> gamma, std::span<const float> beta,
               float eps);

}  // namespace zerocl::reference
