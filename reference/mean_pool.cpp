#include "reference/mean_pool.h"

namespace zerocl::reference {

MatrixF mean_pool(const MatrixF& x, std::span<const sequence_entry> sequences) {
  MatrixF y(static_cast<Index>(sequences.size()), x.cols());
  for (Index s = 0; s < y.rows(); ++s) {
    const sequence_entry& sequence = sequences[static_cast<std::size_t>(s)];
    for (Index k = 0; k < y.cols(); ++k) {
      float sum = 0.0f;
      for (Index t = 0; t < sequence.length; ++t) sum = sum + x(sequence.row + t, k);
      y(s, k) = sum / static_cast<float>(sequence.length);
    }
  }
  return y;
}

}  // namespace zerocl::reference
