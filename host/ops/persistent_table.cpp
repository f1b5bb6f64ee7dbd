#include "host/ops/persistent_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>
#include <limits>

#include "cl_kernels/abi/attention_i8_quantize_tokens.h"
#include "cl_kernels/abi/layer_norm_f16.h"
#include "cl_kernels/abi/layer_norm_f16_quantize.h"
#include "cl_kernels/abi/linear_f32.h"
#include "cl_kernels/abi/linear_w8a8.h"
#include "host/ops/linear_launch.h"  // divide_up

namespace zerocl::ops {
namespace {

using Form = PersistentKernel::Form;

// Which kernels know a step.
enum class Known { one, both };
struct Kind {
  std::string_view op, variant;
  int kind;
  Known known;
};
constexpr Kind kKinds[] = {
    {"linear_w8a8", "wgmma_few", STEP_LINEAR_W8A8, Known::both},
    {"linear_w8a8", "wgmma_narrow", STEP_LINEAR_W8A8_NARROW, Known::both},
    {"linear_w8a8_gelu_quantize", "wgmma_few", STEP_LINEAR_W8A8_GELU_QUANTIZE, Known::both},
    {"linear_w8a8_gelu_quantize", "wgmma_few_tanh", STEP_LINEAR_W8A8_GELU_QUANTIZE_TANH,
     Known::both},
    {"linear_w8a8_quantize_qkv", "wgmma_few", STEP_LINEAR_W8A8_QUANTIZE_QKV, Known::both},
    {"linear_w8a8_quantize_qkv", "wgmma_few_d32", STEP_LINEAR_W8A8_QUANTIZE_QKV_D32, Known::both},
    {"attention_i8_quantize_tokens", "mma", STEP_ATTENTION_I8_QUANTIZE_TOKENS, Known::both},
    {"attention_i8_quantize_tokens", "mma_d32", STEP_ATTENTION_I8_QUANTIZE_TOKENS_D32, Known::both},
    {"quantize_tokens", "warp", STEP_QUANTIZE_TOKENS, Known::one},
    {"layer_norm_f16_quantize", "warp", STEP_LAYER_NORM_F16_QUANTIZE, Known::both},
    {"add_layer_norm_f16_quantize", "warp", STEP_ADD_LAYER_NORM_F16_QUANTIZE, Known::both},
    {"add_layer_norm_f16", "warp", STEP_ADD_LAYER_NORM_F16, Known::both},
    {"embedding", "group", STEP_EMBEDDING, Known::one},
    {"mean_pool", "group", STEP_MEAN_POOL, Known::one},
    {"gather_rows", "group", STEP_GATHER_ROWS, Known::both},
    {"l2_normalize", "group", STEP_L2_NORMALIZE, Known::one},
    {"linear_f32", "group_few", STEP_LINEAR_F32, Known::one},
    {"tanh", "group", STEP_TANH, Known::one},
    {"relu", "group", STEP_RELU, Known::one},
};

const Kind* find_kind(const PersistentKernel& kernel, std::string_view op,
                      std::string_view variant) {
  const bool one = kernel.form == Form::one;
  const auto* found = std::find_if(std::begin(kKinds), std::end(kKinds), [&](const Kind& kind) {
    return kind.op == op && kind.variant == variant && (one || kind.known == Known::both);
  });
  return found == std::end(kKinds) ? nullptr : found;
}

template <class Args>
Args args_of(std::span<const std::byte> bytes) {
  Args args{};
  std::memcpy(&args, bytes.data(), std::min(sizeof args, bytes.size()));
  return args;
}

bool is_product(const PersistentStep& step) {
  switch (step.kind) {
    case STEP_LINEAR_W8A8:
    case STEP_LINEAR_W8A8_NARROW:
    case STEP_LINEAR_W8A8_GELU_QUANTIZE:
    case STEP_LINEAR_W8A8_GELU_QUANTIZE_TANH:
    case STEP_LINEAR_W8A8_QUANTIZE_QKV:
    case STEP_LINEAR_W8A8_QUANTIZE_QKV_D32:
    case STEP_LINEAR_F32:
      return true;
    default:
      return false;
  }
}
const BufferView& weights_of(const PersistentStep& product) {
  return product.buffers[product.kind == STEP_LINEAR_F32 ? 1 : 2];
}

// A norm's buffers and arguments as its step has them (abi/persistent.h), x lying in memory.
struct Norm {
  std::array<BufferView, STEP_SUM_BUFFERS> buffers;
  persistent_norm_args args{};
};
Norm norm_of(const PersistentStep& step) {
  const auto at = [&](std::size_t i) {
    return i < step.buffers.size() ? step.buffers[i] : BufferView();
  };
  if (step.kind == STEP_ADD_LAYER_NORM_F16) {
    const auto a = args_of<layer_norm_f16_args>(step.args);
    return {{at(0), at(1), at(2), at(3), at(4), at(5), {}, {}}, {a.rows, a.cols, a.eps, 0, 0, {}}};
  }
  const auto a = args_of<layer_norm_f16_quantize_args>(step.args);
  const persistent_norm_args args{a.rows, a.cols, a.eps, 0, 0, a.out};
  if (step.kind == STEP_LAYER_NORM_F16_QUANTIZE)
    return {{at(0), {}, at(1), at(2), {}, at(3), at(4), at(5)}, args};
  return {{at(0), at(1), at(2), at(3), {}, at(4), at(5), at(6)}, args};
}
bool is_norm(const PersistentStep& step) {
  return step.kind == STEP_LAYER_NORM_F16_QUANTIZE ||
         step.kind == STEP_ADD_LAYER_NORM_F16_QUANTIZE || step.kind == STEP_ADD_LAYER_NORM_F16;
}

// Buffers of a product with a float result.
constexpr std::size_t kRowScales = 1, kScales = 3, kBias = 4, kResult = 5;

bool overlap(const BufferView& a, const BufferView& b) {
  return a.root_id == b.root_id && a.root_offset < b.root_offset + b.bytes &&
         b.root_offset < a.root_offset + a.bytes;
}

// Whether a norm may read its residual while the step before still runs: known of products with a
// float result.
bool has_old_residual(std::span<const PersistentStep> steps, std::size_t i) {
  if (!is_norm(steps[i]) || steps[i].kind == STEP_LAYER_NORM_F16_QUANTIZE) return false;
  if (i == 0) return true;
  const PersistentStep& before = steps[i - 1];
  const bool known = before.kind == STEP_LINEAR_W8A8 || before.kind == STEP_LINEAR_W8A8_NARROW;
  return known && !overlap(before.buffers[kResult], norm_of(steps[i]).buffers[STEP_NORM_RESIDUAL]);
}

// A product asks for the weights of the one after the next: those of the next may be on their way
// into local memory. So the first two steps ask for those of the first two products.
BufferView ahead_of(std::span<const PersistentStep> steps, std::size_t i) {
  const bool product = is_product(steps[i]), second = i == 1 && !is_product(steps[0]);
  if (i > 0 && !product && !second) return nullptr;
  const auto after = [&](std::size_t from) {
    while (++from < steps.size() && !is_product(steps[from])) {
    }
    return from;
  };
  std::size_t next = after(second ? 0 : i);
  if (i > 0 || product) next = after(next);
  return next < steps.size() ? weights_of(steps[next]) : BufferView();
}

// The form of a product of which each work-group has at most one tile (STEP_TWIN_*), or the step's
// own kind.
int twin_kind(const PersistentStep& step, std::int64_t work_groups) {
  constexpr int kForms[][2] = {
      {STEP_LINEAR_W8A8_GELU_QUANTIZE, STEP_TWIN_GELU_QUANTIZE},
      {STEP_LINEAR_W8A8_GELU_QUANTIZE_TANH, STEP_TWIN_GELU_QUANTIZE_TANH},
      {STEP_LINEAR_W8A8_QUANTIZE_QKV, STEP_TWIN_QUANTIZE_QKV},
      {STEP_LINEAR_W8A8_QUANTIZE_QKV_D32, STEP_TWIN_QUANTIZE_QKV_D32},
  };
  for (const auto& [plain, twin] : kForms) {
    if (step.kind != plain) continue;
    const auto a = args_of<linear_w8a8_args>(step.args);
    const std::int64_t tiles = divide_up(a.rows, PERSISTENT_TILE) * (a.outputs / PERSISTENT_TILE);
    const bool fits = a.outputs % CODES_TILE == 0 && a.groups == 1 && tiles <= work_groups &&
                      divide_up(a.inputs, CODES_TILE) <= PERSISTENT_STAGES;
    return fits ? twin : plain;
  }
  return step.kind;
}

bool is_twin(const step& entry) {
  switch (entry.kind) {
    case STEP_LINEAR_W8A8_PARTS:
    case STEP_TWIN_GELU_QUANTIZE:
    case STEP_TWIN_GELU_QUANTIZE_TANH:
    case STEP_TWIN_QUANTIZE_QKV:
    case STEP_TWIN_QUANTIZE_QKV_D32:
      return true;
    default:
      return false;
  }
}

// Each product lets the weights of the next one come where both keep their stages alike, and other
// steps between them keep none.
void begin_weights(std::span<const PersistentStep> steps, std::span<step> table) {
  for (std::size_t i = 0; i < steps.size(); ++i) {
    std::size_t next = i + 1;
    while (next < steps.size() && !is_product(steps[next])) ++next;
    if (next == steps.size() || next - i > STEPS_AHEAD || !is_twin(table[i]) ||
        !is_twin(table[next]))
      continue;
    table[i].weights += 2 * static_cast<abi_int>(next - i);
    table[next].weights += 1;
  }
}

bool same(const BufferView& a, const BufferView& b) {
  return a.root_id == b.root_id && a.root_offset == b.root_offset;
}

// Whether the norm may read the scales of the product's rows, which the graph needs no more: a
// row's is read before the row's outputs are written, so that new scales may take their places.
bool keeps_row_scales(const BufferView& scales, const Norm& norm) {
  for (std::size_t b = STEP_NORM_Y; b < norm.buffers.size(); ++b)
    if (overlap(scales, norm.buffers[b]) &&
        !(b == STEP_NORM_SCALES && same(scales, norm.buffers[b])))
      return false;
  return true;
}

// Whether norm i + 1 may add up what product i leaves in parts. What the pair leaves in memory is
// the same.
bool adds_parts(std::span<const PersistentStep> steps, std::size_t i) {
  const PersistentStep& product = steps[i];
  if ((product.kind != STEP_LINEAR_W8A8 && product.kind != STEP_LINEAR_W8A8_NARROW) ||
      i + 1 == steps.size() || !has_old_residual(steps, i + 1))
    return false;
  const Norm next = norm_of(steps[i + 1]);
  if (!same(product.buffers[kResult], next.buffers[STEP_NORM_X]) ||
      !keeps_row_scales(product.buffers[kRowScales], next))
    return false;
  const auto a = args_of<linear_w8a8_args>(product.args);
  return a.rows == next.args.rows && a.outputs == next.args.cols && a.y_stride == a.outputs &&
         a.groups == 1 && a.outputs % PERSISTENT_TILE == 0 && a.outputs <= PERSISTENT_SUM_COLS;
}

// The small kernel's parts; 0: one does as well.
int splits_of_one(const linear_w8a8_args& a, std::int64_t tiles, std::int64_t work_groups) {
  const std::int64_t stages = divide_up(a.inputs, CODES_TILE);
  // Clocks, roughly: of a stage, and of a part that the norm adds.
  constexpr std::int64_t kStage = 250, kPart = 60;
  int best = 0;
  std::int64_t least = 0;
  for (int splits = 1; splits <= PERSISTENT_SPLITS && tiles * splits <= work_groups; ++splits) {
    const std::int64_t each = divide_up(stages, std::int64_t{splits});
    if (each > PERSISTENT_STAGES || (splits - 1) * each >= stages) continue;
    const std::int64_t cost = each * kStage + splits * kPart;
    if (best != 0 && cost >= least) continue;
    best = splits;
    least = cost;
  }
  return best;
}

// The larger one's: none, or two halves of whole stages, where there are work-groups for both and
// what each need not load (16 KiB a stage, about 60 bytes a clock) is more than what the norm has
// to read and add.
int splits_of_mid(const linear_w8a8_args& a, std::int64_t tiles, std::int64_t work_groups) {
  constexpr std::int64_t kWorthwhile = 16;
  const std::int64_t stages = divide_up(a.inputs, CODES_TILE);
  const bool halves = stages % 2 == 0 && a.outputs % CODES_TILE == 0;
  return halves && stages >= kWorthwhile && 2 * tiles <= work_groups ? 2 : 0;
}

// Work-groups that share out the inputs of each tile of product i, whose parts norm i + 1 adds up;
// 0: it is no such pair.
int splits_of(const PersistentKernel& kernel, std::span<const PersistentStep> steps, std::size_t i,
              std::int64_t work_groups) {
  if (!adds_parts(steps, i)) return 0;
  const auto a = args_of<linear_w8a8_args>(steps[i].args);
  const std::int64_t tiles = divide_up(a.rows, PERSISTENT_TILE) * (a.outputs / PERSISTENT_TILE);
  return kernel.form == Form::one ? splits_of_one(a, tiles, work_groups)
                                  : splits_of_mid(a, tiles, work_groups);
}

// A step's buffers and arguments.
void fill(step& entry, const PersistentStep& from,
          const std::function<std::uint64_t(const BufferView&)>& address) {
  if (is_norm(from)) {
    const Norm norm = norm_of(from);
    std::transform(norm.buffers.begin(), norm.buffers.end(), entry.buffers, address);
    std::memcpy(entry.args, &norm.args, sizeof norm.args);
    return;
  }
  std::transform(from.buffers.begin(), from.buffers.end(), entry.buffers, address);
  std::memcpy(entry.args, from.args.data(), from.args.size());
}

// Entries of a product in parts and its norm, which so far hold what their launches asked for.
void share_out(std::span<const PersistentStep> steps, std::size_t i, int splits,
               std::uint64_t parts, std::span<step> table) {
  step& product = table[i];
  step& norm = table[i + 1];
  const auto linear = args_of<linear_w8a8_args>(steps[i].args);
  const persistent_parts_args parts_args{linear, splits};
  persistent_norm_args norm_args = norm_of(steps[i + 1]).args;
  norm_args.splits = splits;
  norm_args.has_bias = linear.has_bias;
  norm.buffers[STEP_SUM_BUFFERS] = parts;
  norm.buffers[STEP_SUM_BUFFERS + 1] = product.buffers[kRowScales];
  norm.buffers[STEP_SUM_BUFFERS + 2] = product.buffers[kScales];
  norm.buffers[STEP_SUM_BUFFERS + 3] = product.buffers[kBias];
  std::memcpy(norm.args, &norm_args, sizeof norm_args);
  product.kind = STEP_LINEAR_W8A8_PARTS;
  product.buffers[kResult] = parts;
  std::memcpy(product.args, &parts_args, sizeof parts_args);
}

}  // namespace

bool persistent_knows(const PersistentKernel& kernel, std::string_view op,
                      std::string_view variant) {
  return find_kind(kernel, op, variant) != nullptr;
}

int persistent_kind(const PersistentKernel& kernel, const LaunchRequest& request) {
  const Kind* found = find_kind(kernel, request.id.op, request.id.variant);
  if (found == nullptr) return -1;
  switch (found->kind) {
    case STEP_ATTENTION_I8_QUANTIZE_TOKENS:
    case STEP_ATTENTION_I8_QUANTIZE_TOKENS_D32: {
      const auto args = args_of<attention_i8_quantize_tokens_args>(request.args);
      return args.out.groups == 1 && args.attention.causal == 0 ? found->kind : -1;
    }
    case STEP_QUANTIZE_TOKENS:  // row_wide.h knows one scale a row
      return args_of<quantize_tokens_args>(request.args).out.groups == 1 ? found->kind : -1;
    case STEP_LAYER_NORM_F16_QUANTIZE:
    case STEP_ADD_LAYER_NORM_F16_QUANTIZE:
      return args_of<layer_norm_f16_quantize_args>(request.args).out.groups == 1 ? found->kind : -1;
    case STEP_ADD_LAYER_NORM_F16: {  // of W8A8 encoders: f16 matrices are row-major
      const auto args = args_of<layer_norm_f16_args>(request.args);
      const bool rows =
          args.residual.layout == F16_ROWS && (args.write_y16 == 0 || args.y16.layout == F16_ROWS);
      return args.x_f32 != 0 && rows ? found->kind : -1;
    }
    default:
      return found->kind;
  }
}

std::string persistent_step_name(const PersistentStep& step) {
  const auto* known = std::find_if(std::begin(kKinds), std::end(kKinds),
                                   [&](const Kind& kind) { return kind.kind == step.kind; });
  if (known == std::end(kKinds)) return {};
  std::string name = std::string(known->op) + "_" + std::string(known->variant);
  if (!is_product(step)) return name;
  // Those of linear_f32 begin alike.
  static_assert(offsetof(linear_f32_args, outputs) == offsetof(linear_w8a8_args, outputs) &&
                offsetof(linear_f32_args, inputs) == offsetof(linear_w8a8_args, inputs));
  const auto a = args_of<linear_w8a8_args>(step.args);
  return name + fmt::format(" {} x {} x {}", a.rows, a.outputs, a.inputs);
}

std::size_t persistent_parts_bytes(const PersistentKernel& kernel,
                                   std::span<const PersistentStep> steps,
                                   std::uint32_t work_groups) {
  std::size_t most = 0;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const auto splits = static_cast<std::size_t>(splits_of(kernel, steps, i, work_groups));
    if (splits == 0) continue;
    const auto a = args_of<linear_w8a8_args>(steps[i].args);
    most = std::max(most, splits * static_cast<std::size_t>(a.rows) *
                              static_cast<std::size_t>(a.outputs) * sizeof(abi_int));
  }
  return most;
}

std::vector<step> persistent_table(const PersistentKernel& kernel,
                                   std::span<const PersistentStep> steps, std::uint32_t work_groups,
                                   const BufferView& parts,
                                   const std::function<std::uint64_t(const BufferView&)>& address) {
  std::vector<step> table(steps.size());
  for (std::size_t i = 0; i < steps.size(); ++i) {
    step& entry = table[i];
    fill(entry, steps[i], address);
    const BufferView ahead = ahead_of(steps, i);
    const auto most = std::size_t{std::numeric_limits<std::uint32_t>::max()} / 2;
    entry.ahead = address(ahead);
    // Bulk copies take 16 bytes at a time.
    entry.ahead_bytes = static_cast<abi_uint>(std::min(ahead.bytes, most) / 16 * 16);
    entry.kind = kernel.form == Form::one ? twin_kind(steps[i], work_groups) : steps[i].kind;
    entry.old_residual = has_old_residual(steps, i) ? 1 : 0;
  }
  for (std::size_t i = 0; i < steps.size(); ++i)
    if (const int splits = splits_of(kernel, steps, i, work_groups); splits != 0)
      share_out(steps, i, splits, address(parts), table);
  if (kernel.form == Form::one) begin_weights(steps, table);
  return table;
}

}  // namespace zerocl::ops
