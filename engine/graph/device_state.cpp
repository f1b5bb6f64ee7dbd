#include "engine/graph/device_state.h"

#include "host/error.h"

namespace zerocl {
namespace {

std::shared_ptr<Context> make_context(const std::string& device, const std::string& inject) {
  std::shared_ptr<Context> context = Context::create(select_device(device));
  if (!inject.empty()) {
    const std::size_t colon = inject.find(':');
    if (colon == std::string::npos)
      throw Error("inject: must be OPERATOR:KIND, found " + inject, ErrorKind::usage);
    context->inject(inject.substr(0, colon), parse_injection(inject.substr(colon + 1)));
  }
  return context;
}

ops::KvCacheShape cache_shape(const Model& model, const DeviceFacts& facts) {
  const auto type = model.quantization().attention == "i8" ? ops::KvCacheShape::Type::i8
                                                           : ops::KvCacheShape::Type::f32;
  return ops::make_kv_cache_shape(type, model.config().heads, model.config().head_size(), 0, facts);
}

}  // namespace

DeviceState::DeviceState(std::shared_ptr<const Model> model, const std::string& device,
                         bool profile, const std::string& inject)
    : context(make_context(device, inject)),
      queue(context, profile),
      weights(model, queue),
      cache(queue, cache_shape(*model, context->facts())) {}

}  // namespace zerocl
