#include "engine/graph/device_state.h"

#include "host/error.h"

namespace zerocl {
namespace {

std::shared_ptr<Context> make_context(const std::string& device, const std::string& inject) {
  std::shared_ptr<Context> context = Context::create(select_device(device));
  if (!inject.empty()) {
    const InjectionSpec spec = parse_injection_spec(inject);
    context->inject(spec.op, spec.kind);
  }
  return context;
}

ops::KvCacheShape cache_shape(const Model& model, const DeviceFacts& facts) {
  const std::string& attention = model.quantization().attention;
  const auto type = attention == "i8"    ? ops::KvCacheShape::Type::i8
                    : attention == "f16" ? ops::KvCacheShape::Type::f16
                                         : ops::KvCacheShape::Type::f32;
  return ops::make_kv_cache_shape(type, model.config().heads, model.config().head_size(), 0, facts);
}

}  // namespace

DeviceState::DeviceState(const std::shared_ptr<const Model>& model, const std::string& device,
                         bool profile, const std::string& inject, bool time_steps)
    : context(make_context(device, inject)),
      queue(context, profile),
      weights(model, queue),
      cache(queue, cache_shape(*model, context->facts())) {
  const DeviceFacts& facts = context->facts();
  if (profile || !inject.empty()) return;
  const auto make = [&](const ops::PersistentKernel& kernel) {
    return std::make_unique<ops::Persistent>(kernel, facts.compute_units,
                                             time_steps ? &step_times : nullptr);
  };
  if (best_variant("persistent", ops::kPersistentVariants, facts))
    persistent = make(ops::kPersistentOne);
  if (best_variant("persistent_mid", ops::kPersistentMidVariants, facts))
    persistent_mid = make(ops::kPersistentMid);
}

}  // namespace zerocl
