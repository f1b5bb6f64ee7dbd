#include "engine/models/model_config.h"

#include <cmath>

namespace zerocl {

float ModelConfig::attention_scale(std::int64_t layer) const {
  constexpr double kLog2E = 1.4426950408889634;
  double scale = kLog2E;
  if (scale_attention) scale /= std::sqrt(static_cast<double>(head_size()));
  if (scale_by_inverse_layer) scale /= static_cast<double>(layer + 1);
  return static_cast<float>(scale);
}

const char* family_name(Family family) {
  switch (family) {
    case Family::bert:
      return "bert";
    case Family::distilbert:
      return "distilbert";
    case Family::roberta:
      return "roberta";
    case Family::gpt2:
      return "gpt2";
  }
  return "?";
}

}  // namespace zerocl
