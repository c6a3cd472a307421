#include "export/shapes/shape_tensor.h"

#include <c10/core/impl/LocalDispatchKeySet.h>
#include <torch/library.h>

#include "export/operators/facts.h"
#include "export/operators/schema.h"
#include "export/shapes/rules/arithmetic.h"
#include "export/shapes/shape_function.h"

namespace roundtrip::shapes {
namespace {

using torch::jit::Stack;

/// No kernel of LibTorch is registered for this key; it lies above autograd.
constexpr auto kShapeKey = c10::DispatchKey::DeferredInit;

at::Tensor make_shape_tensor(const Shape& shape, at::ScalarType dtype, at::Device device) {
  // Kernels that look at the memory find none.
  c10::Storage no_memory(c10::Storage::use_byte_size_t(), 0, c10::DataPtr(nullptr, device));
  auto tensor = at::detail::make_tensor<c10::TensorImpl>(
      std::move(no_memory), c10::DispatchKeySet(kShapeKey), c10::scalarTypeToTypeMeta(dtype));
  const Sizes strides = shape.strides ? *shape.strides : contiguous_strides(shape.sizes);
  tensor.unsafeGetTensorImpl()->set_sizes_and_strides(shape.sizes, strides, shape.offset);
  return tensor;
}

at::Tensor to_shape_tensor(const at::Tensor& tensor) {
  if (!tensor.defined()) return tensor;
  at::Tensor shape = make_shape_tensor(same_layout(tensor), tensor.scalar_type(), tensor.device());
  if (tensor.requires_grad()) shape.set_requires_grad(true);
  if (tensor.unsafeGetTensorImpl()->is_wrapped_number()) {
    shape.unsafeGetTensorImpl()->set_wrapped_number(true);
  }
  return shape;
}

c10::IValue to_shape_value(const c10::IValue& value, const c10::TypePtr& type);

c10::IValue to_shape_list(const c10::IValue& value, const c10::TypePtr& type) {
  const auto list = type->cast<c10::ListType>();
  if (list && list->getElementType()->kind() == c10::TypeKind::SymIntType) {
    return c10::IValue(c10::SymIntArrayRef(to_sizes(value)));
  }
  if (value.isTensorList()) {
    c10::List<at::Tensor> tensors;
    for (const at::Tensor& tensor : value.toTensorVector()) {
      tensors.push_back(to_shape_tensor(tensor));
    }
    return tensors;
  }
  if (!list || list->getElementType()->kind() != c10::TypeKind::OptionalType) return value;
  c10::List<std::optional<at::Tensor>> tensors;
  for (const c10::IValue& item : value.toListRef()) {
    const bool defined = item.isTensor() && item.toTensor().defined();
    tensors.push_back(defined ? std::optional(to_shape_tensor(item.toTensor())) : std::nullopt);
  }
  return tensors;
}

c10::IValue to_shape_value(const c10::IValue& value, const c10::TypePtr& type) {
  if (value.isTensor()) return to_shape_tensor(value.toTensor());
  if (const auto optional = type->cast<c10::OptionalType>(); optional && !value.isNone()) {
    return to_shape_value(value, optional->getElementType());
  }
  if (value.isList()) return to_shape_list(value, type);
  if (value.isInt() && type->kind() == c10::TypeKind::SymIntType) {
    return c10::SymInt(value.toInt());
  }
  return value;
}

at::Device device_of(const Call& call) {
  if (const c10::IValue* device = call.find("device"); device && device->isDevice()) {
    return device->toDevice();
  }
  const auto inputs = call.inputs();
  return inputs.empty() ? at::Device(at::kCPU) : inputs.front().device();
}

at::ScalarType dtype_of(const Shape& shape, const Call& call) {
  if (shape.dtype) return *shape.dtype;
  if (const auto dtype = call.dtype()) return *dtype;
  const auto inputs = call.inputs();
  return inputs.empty() ? c10::typeMetaToScalarType(c10::get_default_dtype())
                        : inputs.front().scalar_type();
}

/// Makes an operator's results of their shapes, in the types that its schema returns.
class ResultMaker {
 public:
  ResultMaker(const Call& call, const Shapes& shapes)
      : call_(call), shapes_(shapes), device_(device_of(call)) {}

  Stack make() {
    Stack results;
    for (const c10::Argument& result : call_.schema().returns()) results.push_back(make(result));
    return results;
  }

 private:
  c10::IValue make(const c10::Argument& result) {
    if (const auto index = written_argument(call_.schema(), result)) {
      const c10::IValue& written = call_.arguments()[*index];
      const Shape& shape = shapes_.at(next_++);
      const Sizes strides = shape.strides ? *shape.strides : contiguous_strides(shape.sizes);
      written.toTensor().unsafeGetTensorImpl()->set_sizes_and_strides(shape.sizes, strides,
                                                                      shape.offset);
      return written;
    }
    if (result.type()->kind() == c10::TypeKind::TensorType) return next();
    TORCH_CHECK_NOT_IMPLEMENTED(result.type()->kind() == c10::TypeKind::ListType,
                                call_.schema().operator_name(), " gives no tensors");
    c10::List<at::Tensor> tensors;
    while (next_ < shapes_.size()) tensors.push_back(next());
    return tensors;
  }

  at::Tensor next() {
    const Shape& shape = shapes_.at(next_++);
    if (!shape.defined) return {};
    return make_shape_tensor(shape, dtype_of(shape, call_), device_);
  }

  const Call& call_;
  const Shapes& shapes_;
  at::Device device_;
  std::size_t next_ = 0;
};

bool has_kernel(const c10::OperatorHandle& op, c10::DispatchKey key) {
  return op.hasKernelForDispatchKey(key);
}

/// Answers a call that a composite kernel makes.
void answer(const c10::OperatorHandle& op, Stack* stack) {
  const std::size_t count = op.schema().arguments().size();
  const Stack arguments(stack->end() - static_cast<std::ptrdiff_t>(count), stack->end());
  const Call call(op.schema(), arguments);
  TORCH_CHECK_NOT_IMPLEMENTED(!facts_of(op).is_data_dependent(arguments),
                              op.schema().operator_name(), " depends on the data in a tensor");
  std::optional<Shapes> shapes;
  if (!is_of_libtorch(op) && has_kernel(op, c10::DispatchKey::Meta)) {
    op.callBoxedForDispatchKey(c10::DispatchKey::Meta, *stack);
    return;
  }
  if (const Rule rule = find_rule(op)) {
    shapes = rule(call);
  } else if (has_kernel(op, c10::DispatchKey::CompositeImplicitAutograd)) {
    op.callBoxedForDispatchKey(c10::DispatchKey::CompositeImplicitAutograd, *stack);
    return;
  } else {
    shapes = run_shape_function(call);
  }
  if (!shapes && has_kernel(op, c10::DispatchKey::CompositeExplicitAutograd)) {
    op.callBoxedForDispatchKey(c10::DispatchKey::CompositeExplicitAutograd, *stack);
    return;
  }
  TORCH_CHECK_NOT_IMPLEMENTED(shapes, "no rule for ", op.schema().operator_name());
  Stack results = ResultMaker(call, *shapes).make();
  torch::jit::drop(stack, count);
  stack->insert(stack->end(), results.begin(), results.end());
}

TORCH_LIBRARY_IMPL(_, DeferredInit, library) {
  library.fallback(torch::CppFunction::makeFromBoxedFunction<&answer>());
}

std::optional<Stack> run_kernel(const c10::OperatorHandle& op, const Call& call,
                                c10::DispatchKey key) {
  if (!has_kernel(op, key)) return std::nullopt;
  const c10::impl::ExcludeDispatchKeyGuard exclude{c10::DispatchKeySet(
      {c10::DispatchKey::TESTING_ONLY_GenericMode, c10::DispatchKey::TESTING_ONLY_GenericWrapper})};
  Stack stack;
  for (std::size_t i = 0; i < call.arguments().size(); ++i) {
    const c10::TypePtr type = op.schema().arguments()[i].real_type();
    stack.push_back(to_shape_value(call.arguments()[i], type));
  }
  const c10::impl::IncludeDispatchKeyGuard include(kShapeKey);
  op.callBoxedForDispatchKey(key, stack);
  return stack;
}

std::optional<Shapes> shapes_by_kernel(const c10::OperatorHandle& op, const Call& call,
                                       c10::DispatchKey key) {
  const std::optional<Stack> results = run_kernel(op, call, key);
  return results ? std::optional(shapes_of(*results)) : std::nullopt;
}

}  // namespace

Shapes shapes_of(const Stack& results) {
  Shapes shapes;
  Shape undefined;
  undefined.defined = false;
  const auto add = [&](const at::Tensor& tensor) {
    shapes.push_back(tensor.defined() ? same_layout(tensor) : undefined);
  };
  for (const c10::IValue& result : results) {
    if (result.isTensor()) add(result.toTensor());
    if (result.isTensorList()) {
      for (const at::Tensor& tensor : result.toTensorVector()) add(tensor);
    }
  }
  return shapes;
}

std::optional<Shapes> run_composite(const c10::OperatorHandle& op, const Call& call) {
  return shapes_by_kernel(op, call, c10::DispatchKey::CompositeImplicitAutograd);
}

std::optional<Shapes> run_explicit_composite(const c10::OperatorHandle& op, const Call& call) {
  if (auto shapes = shapes_by_kernel(op, call, c10::DispatchKey::CompositeExplicitAutograd)) {
    return shapes;
  }
  return shapes_by_kernel(op, call, c10::DispatchKey::CompositeExplicitAutogradNonFunctional);
}

std::optional<Stack> run_own_kernel(const c10::OperatorHandle& op, const Call& call) {
  for (const auto key : {c10::DispatchKey::Meta, c10::DispatchKey::CompositeImplicitAutograd,
                         c10::DispatchKey::CompositeExplicitAutograd}) {
    if (auto results = run_kernel(op, call, key)) return results;
  }
  return std::nullopt;
}

}  // namespace roundtrip::shapes
