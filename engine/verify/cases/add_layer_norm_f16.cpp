#include "engine/verify/cases/norm_f16_case.h"
#include "engine/verify/cases/row_case.h"

namespace zerocl {

KernelFamily add_layer_norm_f16_family() {
  return {"add_layer_norm_f16", row_variant_names,
          [](CaseGrid grid) { return norm_f16_cases(grid, /*residual=*/true); }};
}

}  // namespace zerocl
