#include "engine/verify/cases/norm_case.h"

namespace zerocl {

KernelFamily add_layer_norm_quantize_family() {
  return {"add_layer_norm_quantize", row_variant_names,
          [](CaseGrid grid) { return norm_cases(grid, /*residual=*/true, /*quantize=*/true); }};
}

}  // namespace zerocl
