#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/models/model.h"
#include "host/ops/quantize_weight.h"  // WeightGrouping

namespace zerocl {

// A quantized matrix as NUMERICS.md 3.5 sees it: codes [rows, cols], one scale a row and group of
// inputs. Row groups of a file are expanded to one scale a row.
struct QuantizedMatrix {
  std::int64_t rows = 0, cols = 0;
  std::int64_t group = 0;  // inputs per scale; cols: one scale a row
  std::vector<std::int8_t> codes;
  std::vector<float> scales;  // [rows, ceil(cols / group)]
};

// A float matrix [rows, cols].
struct FloatMatrix {
  std::int64_t rows = 0, cols = 0;
  std::vector<float> values;
};

// A matrix of f16, as bits.
struct HalfMatrix {
  std::int64_t rows = 0, cols = 0;
  std::vector<std::uint16_t> values;
};

// Reads a model's weights by canonical name, in logical form: stacked (query, key, value),
// transposed (Conv1D), exactly converted to float32. One tensor at a time: what is returned is all
// that is in memory. Throws Error naming file and tensor.
class WeightReader {
 public:
  explicit WeightReader(const Model& model);

  // Throws Error unless the checkpoint has every tensor of the table in the shape that config.json
  // implies: a lying config is refused before anything is computed or written.
  void check() const;

  // Whether the model has the tensor (a name without its trailing '?').
  bool has(const std::string& name) const { return table_.find(name) != nullptr; }
  // Whether a matrix is stored as codes.
  bool quantized(const std::string& name) const;
  // Of a matrix in codes: inputs per scale; all of them where a row has one scale.
  std::int64_t group(const std::string& name) const;

  std::vector<float> vector(const std::string& name) const;
  FloatMatrix matrix(const std::string& name) const;
  QuantizedMatrix quantized_matrix(const std::string& name) const;
  // Throws Error where an element is no f16: such a matrix was not written by scheme f16.
  HalfMatrix half_matrix(const std::string& name) const;

  // "head.decoder.weight" of a tied model is the word table.
  std::string resolve(const std::string& name) const;

 private:
  const TensorSpec& spec(const std::string& name) const;
  std::string stored_name(const std::string& source) const;

  const Model& model_;
  const TensorTable& table_;
  Checkpoint checkpoint_;
};

// Name of the scales beside a stored tensor of codes.
std::string scale_name(const std::string& source);
// The operator's view of a record (NUMERICS.md 3.3).
ops::WeightGrouping weight_grouping(const ModuleQuantization& module);
// How the scales of a stored matrix [rows, cols] lie in their tensor.
struct ScaleLayout {
  std::int64_t rows = 0, cols = 0;  // the tensor's shape
  std::int64_t rows_per_scale = 1;  // weights' rows that share one of its rows
  std::int64_t group = 0;           // weights' columns that share one of its columns
  // Index of the scale of weight [r, c].
  std::size_t index(std::int64_t r, std::int64_t c) const {
    return static_cast<std::size_t>(r / rows_per_scale * cols + c / group);
  }
};
ScaleLayout scale_layout(const ModuleQuantization& module, std::int64_t rows, std::int64_t cols);

// [rows, cols] to [cols, rows].
std::vector<float> transposed(const std::vector<float>& values, std::int64_t rows,
                              std::int64_t cols);

}  // namespace zerocl
