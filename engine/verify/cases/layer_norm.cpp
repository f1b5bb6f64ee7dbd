#include "engine/verify/cases/norm_case.h"

namespace zerocl {

KernelFamily layer_norm_family() {
  return {"layer_norm", row_variant_names,
          [](CaseGrid grid) { return norm_cases(grid, /*residual=*/false, /*quantize=*/false); }};
}

}  // namespace zerocl
