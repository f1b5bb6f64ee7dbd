#include "engine/verify/cases/norm_case.h"

namespace zerocl {

KernelFamily layer_norm_quantize_family() {
  return {"layer_norm_quantize", row_variant_names,
          [](CaseGrid grid) { return norm_cases(grid, /*residual=*/false, /*quantize=*/true); }};
}

}  // namespace zerocl
