#include "export/dispatch/auto_functionalized.h"

#include <ATen/ATen.h>
#include <ATen/EmptyTensor.h>
#include <c10/util/StringUtil.h>
#include <roundtrip/error.h>

#include <algorithm>

#include "export/operators/schema.h"
namespace roundtrip {
namespace {

using c10::IValue;

bool is_list(const c10::Argument& formal) {
  return formal.type()->isSubtypeOf(*c10::OptionalType::create(c10::ListType::ofTensors()));
}

bool is_tensor(const c10::Argument& formal) {
  return formal.type()->isSubtypeOf(*c10::OptionalType::ofTensor());
}

c10::Argument keyword(const std::string& name, c10::TypePtr type) {
  return {name, type, std::move(type), std::nullopt, std::nullopt, /*kwarg_only=*/true};
}

/// The types of what is said of a view, by the ends of names.
c10::TypePtr type_of_view_keyword(const std::string& name) {
  static const std::vector<std::pair<std::string, c10::TypePtr>> kTypes = {
      {"_base_index", c10::OptionalType::create(c10::IntType::get())},
      {"_length", c10::OptionalType::create(c10::IntType::get())},
      {"_alias", c10::BoolType::get()},
      {"_size", c10::ListType::create(c10::SymIntType::get())},
      {"_stride", c10::ListType::create(c10::SymIntType::get())},
      {"_storage_offset", c10::SymIntType::get()},
      {"_slice_dim", c10::SymIntType::get()},
      {"_slice_start", c10::SymIntType::get()},
      {"_slice_end", c10::SymIntType::get()},
  };
  for (const auto& [end, type] : kTypes) {
    if (name.starts_with("_") && name.ends_with(end)) return type;
  }
  throw ProgramError("the operator takes no argument '" + name + "'");
}

c10::Argument keyword_of(const c10::FunctionSchema& schema, const std::string& name) {
  if (name == "_all_bases") return keyword(name, c10::ListType::ofTensors());
  const auto own = schema.argumentIndexWithName(name);
  if (!own) return keyword(name, type_of_view_keyword(name));
  const c10::Argument& formal = schema.arguments()[static_cast<std::size_t>(*own)];
  return {name, formal.type(), formal.real_type(), formal.N(), std::nullopt, /*kwarg_only=*/true};
}

c10::FunctionSchema schema_of(const c10::FunctionSchema& schema,
                              const std::vector<std::string>& keywords) {
  std::vector<c10::Argument> arguments;
  for (const std::string& name : keywords) arguments.push_back(keyword_of(schema, name));
  return {"higher_order::auto_functionalized_v2", "", std::move(arguments), {}};
}

/// A copy with the same strides, gaps included, at the start of its memory.
at::Tensor copy_of_base(const at::Tensor& base) {
  if (base.numel() == 0) return base.clone();
  const auto length = static_cast<std::int64_t>(
      at::detail::computeStorageNbytes(base.sizes(), base.strides(), /*itemsize=*/1));
  const at::Tensor memory = base.as_strided({length}, {1}).clone();
  return memory.as_strided(base.sizes(), base.strides(), 0);
}

std::vector<std::int64_t> ints_of(const IValue& list) {
  std::vector<std::int64_t> numbers;
  for (const IValue& item : list.toListRef()) numbers.push_back(item.toInt());
  return numbers;
}

}  // namespace

bool AutoFunctionalized::can_call(const c10::OperatorHandle& op) {
  const c10::FunctionSchema& schema = op.schema();
  const auto space = schema.operator_name().getNamespace();
  if (!schema.is_mutable() || space == "aten" || space == "prims") return false;
  const auto& arguments = schema.arguments();
  const auto& returns = schema.returns();
  return std::all_of(arguments.begin(), arguments.end(),
                     [](const c10::Argument& formal) {
                       return !is_written(formal) || is_tensor(formal) || is_list(formal);
                     }) &&
         std::all_of(returns.begin(), returns.end(), [](const c10::Argument& result) {
           return result.alias_info() == nullptr &&
                  result.type()->isSubtypeOf(*c10::TensorType::get());
         });
}

AutoFunctionalized::AutoFunctionalized(const c10::OperatorHandle& op,
                                       const std::vector<std::string>& keywords)
    : op_(op), schema_(schema_of(op.schema(), keywords)) {
  if (!can_call(op)) {
    throw ProgramError(
        c10::str("the operator ", op.operator_name(), " cannot be called as a functional one"));
  }
  for (std::size_t i = 0; i < keywords.size(); ++i) index_.emplace(keywords[i], i);
  require("_all_bases");
  for (const c10::Argument& formal : op.schema().arguments()) {
    if (is_written(formal)) {
      require("_" + formal.name() + (is_list(formal) ? "_length" : "_base_index"));
    } else if (!formal.default_value()) {
      require(formal.name());
    }
  }
}

void AutoFunctionalized::require(const std::string& name) const {
  if (index_.count(name) == 0) throw ProgramError("the argument '" + name + "' is missing");
}

std::size_t AutoFunctionalized::num_own_results() const {
  return std::max<std::size_t>(op_.schema().returns().size(), 1);
}

const IValue* AutoFunctionalized::find(c10::ArrayRef<IValue> keywords,
                                       const std::string& name) const {
  const auto found = index_.find(name);
  return found == index_.end() ? nullptr : &keywords[found->second];
}

const IValue& AutoFunctionalized::get(c10::ArrayRef<IValue> keywords,
                                      const std::string& name) const {
  require(name);
  return *find(keywords, name);
}

torch::jit::Stack AutoFunctionalized::operator()(c10::ArrayRef<IValue> keywords) const {
  std::vector<at::Tensor> bases;
  for (const IValue& base : get(keywords, "_all_bases").toListRef()) {
    bases.push_back(copy_of_base(base.toTensor()));
  }
  torch::jit::Stack stack = arguments(keywords, bases);
  op_.callBoxed(stack);
  if (stack.empty()) stack.emplace_back();
  for (at::Tensor& base : bases) stack.emplace_back(std::move(base));
  return stack;
}

torch::jit::Stack AutoFunctionalized::arguments(c10::ArrayRef<IValue> keywords,
                                                const std::vector<at::Tensor>& bases) const {
  torch::jit::Stack stack;
  for (const c10::Argument& formal : op_.schema().arguments()) {
    if (is_written(formal)) {
      stack.push_back(written(keywords, formal, bases));
    } else if (const IValue* given = find(keywords, formal.name())) {
      stack.push_back(*given);
    } else {
      stack.push_back(formal.default_value().value());
    }
  }
  return stack;
}

IValue AutoFunctionalized::written(c10::ArrayRef<IValue> keywords, const c10::Argument& formal,
                                   const std::vector<at::Tensor>& bases) const {
  const std::string prefix = "_" + formal.name();
  if (!is_list(formal)) return view(keywords, prefix, bases);
  const IValue& length = get(keywords, prefix + "_length");
  if (length.isNone()) return {};
  c10::List<at::Tensor> tensors;
  for (std::int64_t i = 0; i < length.toInt(); ++i) {
    tensors.push_back(view(keywords, prefix + "_" + std::to_string(i), bases).toTensor());
  }
  return tensors;
}

IValue AutoFunctionalized::view(c10::ArrayRef<IValue> keywords, const std::string& prefix,
                                const std::vector<at::Tensor>& bases) const {
  const auto has = [&](const char* what) { return index_.count(prefix + what) > 0; };
  const auto number = [&](const char* what) { return get(keywords, prefix + what).toInt(); };
  const auto numbers = [&](const char* what) { return ints_of(get(keywords, prefix + what)); };
  if (get(keywords, prefix + "_base_index").isNone()) return {};
  const at::Tensor& base = bases.at(static_cast<std::size_t>(number("_base_index")));
  if (has("_storage_offset")) {
    return base.as_strided(numbers("_size"), numbers("_stride"), number("_storage_offset"));
  }
  if (has("_slice_dim")) {
    return base.slice(number("_slice_dim"), number("_slice_start"), number("_slice_end"));
  }
  return has("_alias") ? at::alias(base) : base;
}

}  // namespace roundtrip
