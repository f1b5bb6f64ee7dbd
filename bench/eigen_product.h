#pragma once

namespace zerocl::bench {

// y [M, N] = x [M, K] times w [N, K] transposed, row-major float, by Eigen with `threads` threads.
void eigen_product(const float* x, const float* w, float* y, int rows, int outputs, int inputs,
                   int threads);

}  // namespace zerocl::bench
