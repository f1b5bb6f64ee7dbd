#include "reference/dequantize.h"

namespace zerocl::reference {

MatrixF dequantize(const Quantized& x) {
  MatrixF y(x.codes.rows(), x.codes.cols());
  for (Index m = 0; m < y.rows(); ++m)
    for (Index k = 0; k < y.cols(); ++k)
      y(m, k) = static_cast<float>(x.codes(m, k)) * x.scales(m, k / x.group);
  return y;
}

}  // namespace zerocl::reference
