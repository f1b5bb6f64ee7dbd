#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "host/tensor.h"  // DType

namespace zerocl {

// A logical tensor on the host, row-major, in the type that NUMERICS.md gives it (codes are i8
// whatever layout a variant uses). The form in which device and reference are compared.
struct HostTensor {
  std::string name;
  DType dtype = DType::f32;
  std::int64_t rows = 0, cols = 0;
  std::vector<std::byte> data;
};

// Typed access; the caller knows the dtype.
template <class T>
T* elements(HostTensor& tensor) {
  return reinterpret_cast<T*>(tensor.data.data());
}
template <class T>
const T* elements(const HostTensor& tensor) {
  return reinterpret_cast<const T*>(tensor.data.data());
}

// A zeroed tensor.
inline HostTensor make_host_tensor(std::string name, DType dtype, std::int64_t rows,
                                   std::int64_t cols) {
  return {std::move(name), dtype, rows, cols,
          std::vector<std::byte>(tensor_bytes(dtype, rows, cols))};
}

}  // namespace zerocl
