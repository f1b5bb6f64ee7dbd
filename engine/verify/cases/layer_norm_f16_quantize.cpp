#include "engine/verify/cases/norm_f16_quantize_case.h"
#include "engine/verify/cases/row_case.h"

namespace zerocl {

KernelFamily layer_norm_f16_quantize_family() {
  return {"layer_norm_f16_quantize", row_variant_names,
          [](CaseGrid grid) { return norm_f16_quantize_cases(grid, /*residual=*/false); }};
}

}  // namespace zerocl
