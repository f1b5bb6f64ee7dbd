#include "reference/store_kv.h"

namespace zerocl::reference {

KeysValues store_kv(const MatrixF& qkv) {
  const Index width = qkv.cols() / 3;
  return {qkv.middleCols(width, width), qkv.rightCols(width)};
}

}  // namespace zerocl::reference
