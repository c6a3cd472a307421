#include "generate.h"

#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <array>
#include <random>

namespace roundtrip::fuzz {
namespace {

using c10::IValue;
using c10::TypeKind;

constexpr std::int64_t kMostElements = 4096;
constexpr std::int64_t kMostDimensions = 5;
constexpr std::size_t kMostResults = 8;
constexpr int kTries = 40;

class Random {
 public:
  explicit Random(std::uint64_t seed) : engine_(seed) {}

  std::int64_t between(std::int64_t low, std::int64_t high) {
    return low + static_cast<std::int64_t>(engine_() % static_cast<std::uint64_t>(high - low + 1));
  }
  bool percent(std::int64_t chance) { return between(1, 100) <= chance; }
  template <typename Range>
  auto pick(const Range& range) {
    return range[static_cast<std::size_t>(
        between(0, static_cast<std::int64_t>(std::size(range)) - 1))];
  }

 private:
  std::mt19937_64 engine_;
};

/// Not on the CPU, not of plain tensors, of data or chance, or of memory that nobody filled.
constexpr std::array kLeftOut = {
    "sparse",     "quant",         "mkldnn",    "cudnn",       "miopen",    "cuda",
    "nested",     "backward",      "fbgemm",    "empty",       "from_file", "rename",
    "names",      "requires_grad", "retain",    "resize",      "coalesce",  "_indices",
    "set_",       "record_stream", "padded",    "int_repr",    "q_per",     "lift",
    "pin_memory", "align",         "dense_dim", "infer_type",  "_copy",     "to_mkl",
    "is_set",     "batch_norm_",   "fake_",     "values",      "data",      "as_strided",
    "rrelu",      "dropout",       "swap",      "sum_to_size", "unsafe",    "ctc_loss",
    "_inverse"};

bool is_tensors(const c10::Type& type) {
  if (type.kind() == TypeKind::TensorType) return true;
  const auto* list = type.castRaw<c10::ListType>();
  return list != nullptr && list->getElementType()->kind() == TypeKind::TensorType;
}

bool is_candidate(const c10::OperatorHandle& op) {
  const auto& schema = op.schema();
  const std::string& name = schema.name();
  if (!name.starts_with("aten::") || name[6] == '_' || name == "aten::set") return false;
  for (const char* part : kLeftOut) {
    if (name.find(part, 6) != std::string::npos) return false;
  }
  for (const at::Tag tag : {at::Tag::nondeterministic_seeded, at::Tag::data_dependent_output,
                            at::Tag::dynamic_output_shape}) {
    if (op.hasTag(tag)) return false;
  }
  for (std::size_t i = 0; i < schema.arguments().size(); ++i) {
    const c10::AliasInfo* alias = schema.arguments()[i].alias_info();
    if (i > 0 && alias != nullptr && alias->isWrite()) return false;
  }
  const auto& returns = schema.returns();
  return !returns.empty() && !schema.arguments().empty() &&
         std::all_of(returns.begin(), returns.end(),
                     [](const c10::Argument& result) { return is_tensors(*result.type()); });
}

/// Every candidate, in an order that is the same in each run.
const std::vector<c10::OperatorHandle>& candidates() {
  static const auto kAll = [] {
    std::vector<c10::OperatorHandle> all;
    auto names = c10::Dispatcher::singleton().getAllOpNames();
    std::sort(names.begin(), names.end(), [](const auto& a, const auto& b) {
      return std::tie(a.name, a.overload_name) < std::tie(b.name, b.overload_name);
    });
    for (const c10::OperatorName& name : names) {
      const auto op = c10::Dispatcher::singleton().findSchema(name);
      if (op && is_candidate(*op)) all.push_back(*op);
    }
    return all;
  }();
  return kAll;
}

struct Name {
  const char* name;
  const char* overload = "";
};

constexpr Name kCommon[] = {{"add", "Tensor"},
                            {"mul", "Tensor"},
                            {"sub", "Tensor"},
                            {"div", "Tensor"},
                            {"maximum"},
                            {"where", "self"},
                            {"relu"},
                            {"sigmoid"},
                            {"exp"},
                            {"tanh"},
                            {"gelu"},
                            {"softmax", "int"},
                            {"sum"},
                            {"sum", "dim_IntList"},
                            {"mean", "dim"},
                            {"amax"},
                            {"argmax"},
                            {"cumsum"},
                            {"matmul"},
                            {"mm"},
                            {"bmm"},
                            {"linear"},
                            {"conv1d"},
                            {"conv2d"},
                            {"max_pool2d"},
                            {"view"},
                            {"reshape"},
                            {"permute"},
                            {"transpose", "int"},
                            {"unsqueeze"},
                            {"squeeze", "dim"},
                            {"expand"},
                            {"repeat"},
                            {"flatten", "using_ints"},
                            {"select", "int"},
                            {"slice", "Tensor"},
                            {"narrow"},
                            {"chunk"},
                            {"split", "Tensor"},
                            {"unbind", "int"},
                            {"cat"},
                            {"stack"},
                            {"pad"},
                            {"index", "Tensor"},
                            {"index_select"},
                            {"gather"},
                            {"flip"},
                            {"roll"},
                            {"clone"},
                            {"t"},
                            {"contiguous"},
                            {"to", "dtype"},
                            {"add_", "Tensor"},
                            {"mul_", "Tensor"},
                            {"copy_"},
                            {"fill_", "Scalar"},
                            {"zero_"},
                            {"relu_"},
                            {"masked_fill_", "Scalar"},
                            {"layer_norm"},
                            {"full_like"},
                            {"new_zeros"},
                            {"arange"},
                            {"zeros"},
                            {"diagonal"},
                            {"unfold"},
                            {"detach"},
                            {"eq", "Tensor"},
                            {"lt", "Scalar"},
                            {"logical_not"},
                            {"clamp"},
                            {"pow", "Tensor_Scalar"},
                            {"einsum"},
                            {"unflatten", "int"},
                            {"movedim", "int"},
                            {"view_as"},
                            {"expand_as"}};

c10::OperatorHandle pick_operator(Random& random) {
  if (random.percent(40)) return random.pick(candidates());
  const Name name = random.pick(kCommon);
  return c10::Dispatcher::singleton().findSchemaOrThrow((std::string("aten::") + name.name).c_str(),
                                                        name.overload);
}

bool has_part(const std::string& name, std::initializer_list<const char*> parts) {
  return std::any_of(parts.begin(), parts.end(),
                     [&](const char* part) { return name.find(part) != std::string::npos; });
}

/// Draws arguments for what has been computed so far.
class Arguments {
 public:
  Arguments(Random& random, const std::vector<at::Tensor>& values, std::size_t inputs)
      : random_(random), values_(values), inputs_(inputs) {}

  /// Nothing for an argument that this cannot make.
  std::optional<std::vector<Argument>> draw(const c10::FunctionSchema& schema) {
    std::vector<Argument> arguments;
    rank_ = 1;
    for (const c10::Argument& declared : schema.arguments()) {
      auto argument = draw(declared);
      if (!argument) return std::nullopt;
      arguments.push_back(std::move(*argument));
    }
    return arguments;
  }

 private:
  std::optional<Argument> draw(const c10::Argument& declared) {
    const bool written = declared.alias_info() != nullptr && declared.alias_info()->isWrite();
    if (written) return written_tensor();
    if (declared.default_value() && random_.percent(60)) return *declared.default_value();
    c10::TypePtr type = declared.real_type();
    if (const auto optional = type->cast<c10::OptionalType>()) {
      if (random_.percent(65)) return IValue();
      type = optional->getElementType();
    }
    return draw(*type, declared.name());
  }

  std::optional<Argument> draw(const c10::Type& type, const std::string& name) {
    switch (type.kind()) {
      case TypeKind::TensorType:
        return tensor(name);
      case TypeKind::BoolType:
        return IValue(random_.percent(50));
      case TypeKind::FloatType:
        return IValue(random_.pick(std::array{0.5, 1.0, 2.0, -1.0, 0.1}));
      case TypeKind::NumberType:
        return random_.percent(50) ? IValue(random_.between(-2, 3))
                                   : IValue(random_.pick(std::array{0.5, 1.5, -2.0}));
      case TypeKind::IntType:
        return IValue(integer(name));
      case TypeKind::SymIntType:
        return size();
      case TypeKind::StringType:
        return text(name);
      case TypeKind::ScalarTypeType:
        return IValue(static_cast<std::int64_t>(random_.pick(
            std::array{at::kFloat, at::kDouble, at::kLong, at::kInt, at::kBool, at::kHalf})));
      case TypeKind::ListType:
        return list(*type.expectRef<c10::ListType>().getElementType(), name);
      default:
        return std::nullopt;
    }
  }

  std::optional<Argument> list(const c10::Type& element, const std::string& name) {
    const std::int64_t count = random_.between(1, 3);
    switch (element.kind()) {
      case TypeKind::TensorType: {
        std::vector<Ref> refs;
        for (std::int64_t i = 0; i < count; ++i) refs.push_back(tensor(name));
        return refs;
      }
      case TypeKind::OptionalType: {
        std::vector<std::optional<Ref>> refs;
        for (std::int64_t i = 0; i < count; ++i) {
          refs.push_back(random_.percent(40) ? std::nullopt : std::optional(tensor("index")));
        }
        return refs;
      }
      case TypeKind::SymIntType:
        return sizes(name);
      case TypeKind::IntType: {
        c10::List<std::int64_t> items;
        const std::int64_t most = name.find("dim") == std::string::npos ? count : rank_;
        for (std::int64_t i = 0; i < most; ++i) items.push_back(integer(name));
        return IValue(items);
      }
      case TypeKind::FloatType:
        return IValue(c10::List<double>({1.5, 2.0}));
      case TypeKind::BoolType:
        return IValue(c10::List<bool>({true, false, true}));
      default:
        return std::nullopt;
    }
  }

  Ref tensor(const std::string& name) {
    const bool index = has_part(name, {"index", "indices"});
    const bool condition = has_part(name, {"condition", "mask"});
    Ref ref{0};
    for (int i = 0; i < 6; ++i) {
      const auto last = static_cast<std::int64_t>(values_.size()) - 1;
      ref.index = static_cast<std::size_t>(
          random_.between(random_.percent(50) ? std::max<std::int64_t>(0, last - 3) : 0, last));
      const at::ScalarType dtype = values_[ref.index].scalar_type();
      if (index ? dtype == at::kLong : condition ? dtype == at::kBool : dtype != at::kBool) break;
    }
    rank_ = std::max<std::int64_t>(1, values_[ref.index].dim());
    return ref;
  }

  /// Seldom an input.
  Ref written_tensor() {
    Ref ref = tensor("self");
    if (ref.index < inputs_ && !random_.percent(15)) ref = tensor("self");
    return ref;
  }

  std::int64_t integer(const std::string& name) {
    if (has_part(name, {"dim", "axis"})) return random_.between(-rank_, rank_ - 1);
    if (has_part(name, {"kernel", "stride", "dilation", "groups"})) return random_.between(1, 2);
    return random_.between(-1, 3);
  }

  Size size() {
    if (random_.percent(40)) return {.add = random_.between(-1, 4)};
    const Ref ref = tensor("self");
    const at::Tensor& value = values_[ref.index];
    if (value.dim() == 0) return {.add = random_.between(1, 3)};
    return {.of = ref,
            .dim = random_.between(0, value.dim() - 1),
            .factor = random_.percent(80) ? 1 : 2,
            .add = random_.percent(70) ? 0 : random_.between(-1, 2)};
  }

  /// Often the sizes of a tensor, some of them joined or left to be found out.
  std::vector<Size> sizes(const std::string& name) {
    std::vector<Size> result;
    const bool shape = has_part(name, {"size", "shape"});
    if (!shape || random_.percent(20)) {
      const std::int64_t count = random_.between(1, 3);
      for (std::int64_t i = 0; i < count; ++i) {
        result.push_back(random_.percent(70) ? Size{.add = random_.between(0, 3)} : size());
      }
      return result;
    }
    const Ref ref = tensor("self");
    const at::Tensor& value = values_[ref.index];
    for (std::int64_t i = 0; i < value.dim(); ++i) result.push_back({.of = ref, .dim = i});
    if (!result.empty() && random_.percent(60)) {
      const auto at = static_cast<std::size_t>(
          random_.between(0, static_cast<std::int64_t>(result.size()) - 1));
      result[at] = {.add = -1};
      if (random_.percent(40)) result.erase(result.begin() + (at == 0 ? 0 : at - 1));
      if (random_.percent(30)) result.insert(result.begin(), {.add = random_.between(1, 2)});
    }
    return result;
  }

  IValue text(const std::string& name) {
    if (name == "equation") return random_.pick(std::array{"ij,jk->ik", "ij->ji", "bij,bjk->bik"});
    if (name == "reduce") return random_.pick(std::array{"sum", "mean", "amax", "prod"});
    if (name == "rounding_mode") return random_.pick(std::array{"floor", "trunc"});
    return random_.pick(std::array{"constant", "reflect", "replicate", "circular", "none", "tanh",
                                   "same", "valid", "linear", "reduced", "fro", "xy", "ij"});
  }

  Random& random_;
  const std::vector<at::Tensor>& values_;
  const std::size_t inputs_;
  std::int64_t rank_ = 1;  ///< of the tensor drawn last
};

bool is_usable(const at::Tensor& tensor) {
  return tensor.defined() && tensor.layout() == at::kStrided && tensor.is_cpu() &&
         !tensor.is_quantized() && tensor.numel() <= kMostElements &&
         tensor.dim() <= kMostDimensions;
}

class Generator {
 public:
  explicit Generator(std::uint64_t seed) : random_(seed), seed_(seed) {}

  Recipe generate() {
    draw_inputs();
    values_ = make_tensors(recipe_.inputs, recipe_.sizes, seed_);
    const auto buffers = make_tensors(recipe_.buffers, recipe_.sizes, seed_ + 1);
    values_.insert(values_.end(), buffers.begin(), buffers.end());
    const std::int64_t steps = random_.between(1, 9);
    for (std::int64_t i = 0; i < steps; ++i) add_step();
    draw_outputs();
    return recipe_;
  }

 private:
  void draw_inputs() {
    for (int i = 0; i < 3; ++i) recipe_.sizes.push_back(random_.between(2, 8));
    const std::int64_t inputs = random_.between(1, 3);
    for (std::int64_t i = 0; i < inputs; ++i) recipe_.inputs.push_back(spec(/*dynamic=*/true));
    if (random_.percent(40)) recipe_.buffers.push_back(spec(/*dynamic=*/false));
  }

  TensorSpec spec(bool dynamic) {
    TensorSpec spec;
    const std::int64_t rank = random_.between(dynamic ? 1 : 0, 4);
    for (std::int64_t i = 0; i < rank; ++i) {
      Extent extent{.symbol = {}, .size = random_.between(1, 4)};
      if (dynamic && random_.percent(60)) extent.symbol = random_.between(0, 2);
      spec.extents.push_back(extent);
    }
    spec.dtype =
        random_.percent(65)
            ? at::kFloat
            : random_.pick(std::array{at::kLong, at::kBool, at::kDouble, at::kInt, at::kLong});
    return spec;
  }

  void add_step() {
    for (int i = 0; i < kTries; ++i) {
      std::optional<Step> step = random_.percent(4) ? cond_step() : operator_step();
      if (step && runs(*step)) return recipe_.steps.push_back(std::move(*step));
    }
  }

  std::optional<Step> operator_step() {
    const c10::OperatorHandle op = pick_operator(random_);
    auto arguments = Arguments(random_, values_, recipe_.inputs.size()).draw(op.schema());
    if (!arguments) return std::nullopt;
    return Step{op.schema().name(), op.schema().overload_name(), std::move(*arguments), 0};
  }

  std::optional<Step> cond_step() {
    constexpr std::array kOps = {"aten::sin", "aten::neg", "aten::exp", "aten::square"};
    const auto any = [&] {
      return Ref{static_cast<std::size_t>(
          random_.between(0, static_cast<std::int64_t>(values_.size()) - 1))};
    };
    const Ref operand = any();
    if (!values_[operand.index].is_floating_point()) return std::nullopt;
    return Step{Step::kCond,
                "",
                {any(), operand, IValue(random_.pick(kOps)), IValue(random_.pick(kOps))},
                1};
  }

  /// Runs the step, whose number of results it learns.
  bool runs(Step& step) {
    const std::size_t before = values_.size();
    std::vector<at::Tensor> values = values_;
    try {
      run_step(step, values);
    } catch (const std::exception&) {
      return false;
    }
    step.results = values.size() - before;
    const bool usable =
        step.results > 0 && step.results <= kMostResults &&
        std::all_of(values.begin() + static_cast<std::ptrdiff_t>(before), values.end(), is_usable);
    if (usable) values_ = std::move(values);
    return usable;
  }

  void draw_outputs() {
    const auto count = static_cast<std::int64_t>(values_.size());
    recipe_.outputs.push_back({static_cast<std::size_t>(count - 1)});
    while (random_.percent(35)) {
      recipe_.outputs.push_back({static_cast<std::size_t>(random_.between(0, count - 1))});
    }
  }

  Random random_;
  std::uint64_t seed_;
  Recipe recipe_;
  std::vector<at::Tensor> values_;
};

}  // namespace

Recipe generate(std::uint64_t seed) {
  const at::NoGradGuard no_grad;
  return Generator(seed).generate();
}

}  // namespace roundtrip::fuzz
