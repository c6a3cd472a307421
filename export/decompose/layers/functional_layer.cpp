#include "export/decompose/layers/functional_layer.h"

#include <ATen/FunctionalTensorWrapper.h>
#include <c10/util/StringUtil.h>
#include <c10/util/Type.h>
#include <roundtrip/error.h>
#include <torch/csrc/jit/runtime/operator.h>

#include <algorithm>
#include <array>
#include <set>
#include <string>
#include <typeinfo>

#include "export/dispatch/tensor_values.h"
#include "export/operators/facts.h"
#include "export/operators/schema.h"
#include "export/symbolic/expr/algebra.h"
#include "export/tracing/sym_node.h"
#include "export/tracing/traced_tensor.h"

namespace roundtrip {
namespace {

using c10::IValue;

bool holds_functional(const IValue& value) {
  if (value.isTensor()) return is_functional(value.toTensor());
  if (!is_list_of_tensors(value)) return false;
  const auto items = value.toListRef();
  return std::any_of(items.begin(), items.end(), holds_functional);
}

template <typename Change>
void change_top(torch::jit::Stack& stack, std::size_t count, Change change) {
  for (auto value = stack.end() - static_cast<std::ptrdiff_t>(count); value != stack.end();
       ++value) {
    *value = map_tensors(*value, change);
  }
}

/// Kernels of functionalization try operators on data-free tensors of their own; only
/// those on traced tensors count.
class WithoutMode {
  c10::impl::ExcludeDispatchKeyGuard exclude_{c10::DispatchKey::TESTING_ONLY_GenericMode};
};

at::Tensor behind(const at::Tensor& tensor) {
  return is_functional(tensor) ? current_value(tensor) : tensor;
}

/// `add` of `add_`, `__lshift__` of `__ilshift__` and of itself.
std::string base_name(std::string name) {
  const auto begin = name.find("::") + 2;
  if (name.compare(begin, 2, "__") == 0 && name.ends_with("__")) {
    return name[begin + 2] == 'i' ? name.erase(begin + 2, 1) : name;
  }
  if (name.ends_with("_")) name.pop_back();
  return name;
}

/// Of an operator that makes a tensor. The form with `out` has them from that.
bool is_tensor_option(const c10::Argument& argument) {
  static const std::set<std::string> kNames = {"dtype", "layout", "device", "pin_memory"};
  return argument.kwarg_only() && kNames.contains(argument.name());
}

IValue option_of(const at::Tensor& out, const std::string& name) {
  if (name == "dtype") return out.scalar_type();
  if (name == "layout") return out.layout();
  if (name == "device") return out.device();
  return {};
}

/// Whether `functional` takes what `writing` does, but for an `out`. Order, default values and
/// writes do not matter.
bool same_arguments(const c10::FunctionSchema& functional, const c10::FunctionSchema& writing) {
  const auto same = [](const c10::Argument& one, const c10::Argument& other) {
    return one.name() == other.name() && one.kwarg_only() == other.kwarg_only() &&
           *one.real_type() == *other.real_type();
  };
  std::vector<c10::Argument> given = functional.arguments(), wanted = writing.arguments();
  if (std::erase_if(wanted, [](const auto& argument) { return argument.is_out(); }) > 0) {
    std::erase_if(given, [&](const c10::Argument& argument) {
      return is_tensor_option(argument) && !writing.argumentIndexWithName(argument.name());
    });
  }
  return std::is_permutation(given.begin(), given.end(), wanted.begin(), wanted.end(), same);
}

}  // namespace

std::optional<c10::OperatorHandle> find_counterpart(const c10::OperatorHandle& op) {
  const std::string name = base_name(op.schema().name());
  for (const std::string& wanted : {name, name + "_functional"}) {
    for (const auto& known : torch::jit::getAllOperatorsFor(c10::Symbol::fromQualString(wanted))) {
      const c10::FunctionSchema& schema = known->schema();
      if (schema.is_mutable() || !same_arguments(schema, op.schema())) continue;
      const auto found = c10::Dispatcher::singleton().findSchema(schema.operator_name());
      if (found) return found;
    }
  }
  return std::nullopt;
}

namespace {

/// Functionalization would make zeros of the elements between the windows of `unfold`, and add to
/// an element that `expand` repeats what is written to all of its copies.
void refuse_lossy_views(const at::Tensor& functional) {
  constexpr std::array kLossy = {"unfold", "expand"};
  for (const auto& view :
       at::functionalization::impl::unsafeGetFunctionalWrapper(functional)->view_metas()) {
    const std::string type = c10::demangle(typeid(*view).name());
    for (const char* name : kLossy) {
      if (type != c10::str("at::functionalization::", name, "_ViewMeta")) continue;
      throw UnsupportedError(c10::str("the program writes through ", name,
                                      ", which cannot be made functional: write to a "
                                      "copy, and that into its place"));
    }
  }
}

/// LibTorch would give `out` another size, with a warning.
void refuse_resized(const at::Tensor& out, const at::Tensor& value) {
  if (out.sym_sizes() == value.sym_sizes()) return;
  throw UnsupportedError(c10::str("an operator writes a result of size ", value.sym_sizes(),
                                  " to an `out` of size ", out.sym_sizes(),
                                  ": make `out` of the result's size"));
}

bool has_strides(const at::Tensor& tensor, const std::vector<c10::SymInt>& strides) {
  for (std::int64_t i = 0; i < tensor.dim(); ++i) {
    const bool is_one = tensor.sym_size(i).maybe_as_int() == 1;
    if (!is_one && !known_equal(strides[static_cast<std::size_t>(i)], tensor.sym_stride(i))) {
      return false;
    }
  }
  return true;
}

/// A new value may lie in memory in another order than the one whose place it takes. Kernels that
/// look at it would take views for copies, or copies for views.
void keep_strides(const at::Tensor& functional, const std::vector<c10::SymInt>& strides) {
  if (has_strides(functional, strides)) return;
  const auto* wrapper = at::functionalization::impl::unsafeGetFunctionalWrapper(functional);
  if (!wrapper->view_metas().empty()) {
    throw UnsupportedError(
        "an operator writes in place to a view whose memory is not in the order of its "
        "dimensions, and would make it so: use the operator without the underscore");
  }
  const std::vector<c10::SymInt> sizes = functional.sym_sizes().vec();
  functional.unsafeGetTensorImpl()->set_sizes_and_strides(sizes, strides);
}

/// `functional` and what shares its memory have the new value from here on.
void write(const at::Tensor& functional, const at::Tensor& value) {
  if (!is_functional(functional)) {
    throw CaptureError("an operator writes to a tensor that is no value of the program");
  }
  refuse_lossy_views(functional);
  const std::vector<c10::SymInt> strides = functional.sym_strides().vec();
  at::functionalization::impl::replace_(functional, value);
  at::functionalization::impl::commit_update(functional);
  at::functionalization::impl::sync(functional);
  keep_strides(functional, strides);
}

}  // namespace

bool known_equal(const c10::SymInt& left, const c10::SymInt& right) {
  if (!left.is_symbolic() && !right.is_symbolic()) return left.expect_int() == right.expect_int();
  return same(expr_of(left), expr_of(right));
}

bool is_functional(const at::Tensor& tensor) {
  return tensor.defined() && at::functionalization::impl::isFunctionalTensor(tensor);
}

at::Tensor make_functional(const at::Tensor& tensor) {
  return at::functionalization::impl::to_functional_tensor(tensor);
}

at::Tensor current_value(const at::Tensor& functional) {
  at::functionalization::impl::sync(functional);
  return at::functionalization::impl::from_functional_tensor(functional);
}

bool any_functional(const torch::jit::Stack& stack, std::size_t count) {
  return std::any_of(stack.end() - static_cast<std::ptrdiff_t>(count), stack.end(),
                     holds_functional);
}

bool changes_nothing(const c10::OperatorHandle& op, const torch::jit::Stack& stack) {
  const SpecialOperator special = facts_of(op).special;
  if (special == SpecialOperator::detach_) return true;
  if (special != SpecialOperator::copy_) return false;
  const auto arguments = stack.end() - static_cast<std::ptrdiff_t>(op.schema().arguments().size());
  return arguments[0].toTensor().is_same(arguments[1].toTensor());
}

void call_counterpart(const c10::OperatorHandle& op, torch::jit::Stack& stack) {
  const auto& schema = op.schema();
  const auto found = find_counterpart(op);
  if (!found) {
    throw UnsupportedError(c10::str("operator ", op.operator_name(),
                                    " writes to an argument, and no operator is known that ",
                                    "gives the new value instead"));
  }
  const c10::OperatorHandle& counterpart = *found;
  const torch::jit::Stack arguments = torch::jit::pop(stack, schema.arguments().size());
  torch::jit::Stack results;
  for (const c10::Argument& argument : counterpart.schema().arguments()) {
    const auto index = schema.argumentIndexWithName(argument.name());
    results.push_back(index ? map_tensors(arguments.at(static_cast<std::size_t>(*index)), behind)
                            : option_of(arguments.back().toTensor(), argument.name()));
  }
  counterpart.callBoxed(results);
  const bool in_place = !schema.returns().empty() && is_written(schema.returns()[0]);
  // The counterpart gives the operator's own results first, then new values.
  std::size_t next = in_place ? 0 : schema.returns().size();
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    if (!is_written(schema.arguments()[i]) || arguments[i].isNone()) continue;
    const at::Tensor value = results.at(next++).toTensor();
    if (schema.arguments()[i].is_out()) refuse_resized(arguments[i].toTensor(), value);
    write(arguments[i].toTensor(), value);
    if (in_place) stack.push_back(arguments[i]);
  }
  if (in_place) return;
  results.resize(schema.returns().size());
  make_functional(results, results.size());
  for (IValue& result : results) stack.push_back(std::move(result));
}

void call_functionalized(const c10::OperatorHandle& op, torch::jit::Stack& stack) {
  // Views are views, and not copies, as in Python's programs.
  const at::functionalization::impl::FunctionalizationReapplyViewsGuard views(true);
  const WithoutMode without_mode;
  op.callBoxedForDispatchKey(c10::DispatchKey::Functionalize, stack);
  // The kernel of `_to_copy` gives what is behind its result.
  make_functional(stack, op.schema().returns().size());
}

void make_functional(torch::jit::Stack& stack, std::size_t count) {
  change_top(stack, count, [](const at::Tensor& tensor) {
    const auto* traced = as_traced(tensor);
    return traced != nullptr && !traced->number() ? make_functional(tensor) : tensor;
  });
}

void take_current_values(torch::jit::Stack& stack, std::size_t count) {
  change_top(stack, count, behind);
}

void call_whole(const c10::OperatorHandle& op, torch::jit::Stack& stack) {
  take_current_values(stack, op.schema().arguments().size());
  op.callBoxed(stack);
  make_functional(stack, op.schema().returns().size());
}

}  // namespace roundtrip
