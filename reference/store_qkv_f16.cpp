#include "reference/store_qkv_f16.h"

namespace zerocl::reference {

QkvF16 store_qkv_f16(const MatrixF& qkv) {
  const Index width = qkv.cols() / 3;
  const MatrixF16 rounded = to_f16(qkv);
  return {rounded.leftCols(width), rounded.middleCols(width, width), rounded.rightCols(width)};
}

}  // namespace zerocl::reference
