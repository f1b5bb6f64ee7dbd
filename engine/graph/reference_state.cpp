#include "engine/graph/reference_executor.h"
#include "reference/dequantize.h"

namespace zerocl {
namespace {

reference::MatrixF to_matrix(const FloatMatrix& from) {
  return Eigen::Map<const reference::MatrixF>(from.values.data(), from.rows, from.cols);
}

reference::Quantized to_quantized(const QuantizedMatrix& from) {
  const std::int64_t groups = (from.cols + from.group - 1) / from.group;
  return {Eigen::Map<const reference::MatrixI8>(from.codes.data(), from.rows, from.cols),
          Eigen::Map<const reference::MatrixF>(from.scales.data(), from.rows, groups), from.group};
}

// The entry of a map of weights, read on first use.
template <class T, class Read>
const T& cached(std::map<std::string, T>& map, const std::string& name, Read read) {
  const auto it = map.find(name);
  return it != map.end() ? it->second : map.emplace(name, read()).first->second;
}

}  // namespace

const std::vector<float>& ReferenceState::vector(const std::string& name) {
  return cached(vectors_, name, [&] { return reader_.vector(name); });
}

// A tied head over an INT8 word table multiplies the table's values.
const reference::MatrixF& ReferenceState::matrix(const std::string& name) {
  const std::string stored = reader_.resolve(name);
  return cached(matrices_, stored, [&] {
    return reader_.quantized(stored) ? reference::dequantize(quantized(stored))
                                     : to_matrix(reader_.matrix(stored));
  });
}

const reference::Quantized& ReferenceState::quantized(const std::string& name) {
  return cached(quantized_, name, [&] { return to_quantized(reader_.quantized_matrix(name)); });
}

const reference::MatrixF16& ReferenceState::halves(const std::string& name) {
  return cached(halves_, name, [&]() -> reference::MatrixF16 {
    const HalfMatrix from = reader_.half_matrix(name);
    return Eigen::Map<const reference::MatrixF16>(from.values.data(), from.rows, from.cols);
  });
}

const reference::EmbeddingTable& ReferenceState::table(const std::string& name) {
  return cached(tables_, name, [&] {
    reference::EmbeddingTable table;
    if (reader_.quantized(name)) {
      table.codes = quantized(name).codes;
      table.scales = quantized(name).scales;
    } else {
      table.values = matrix(name);
    }
    return table;
  });
}

void ReferenceState::forget(std::int64_t sequence) {
  std::erase_if(cache_, [&](const auto& entry) { return entry.first.second == sequence; });
}

}  // namespace zerocl
