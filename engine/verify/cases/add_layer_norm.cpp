#include "engine/verify/cases/norm_case.h"

namespace zerocl {

KernelFamily add_layer_norm_family() {
  return {"add_layer_norm", row_variant_names,
          [](CaseGrid grid) { return norm_cases(grid, /*residual=*/true, /*quantize=*/false); }};
}

}  // namespace zerocl
