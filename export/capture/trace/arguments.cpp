#include "export/capture/trace/arguments.h"

#include <ATen/ATen.h>
#include <roundtrip/error.h>

#include <algorithm>
#include <complex>
#include <limits>

#include "export/tracing/traced_tensor.h"

namespace roundtrip {
namespace {

using c10::IValue;
using c10::TypeKind;

bool is_absent(const IValue& value) {
  return value.isNone() || (value.isTensor() && !value.toTensor().defined());
}

/// `at::conv2d` gives a default of two equal numbers as one, which the schema takes for both.
bool is_repeated(const IValue& value, const IValue& preset) {
  if (!preset.isList() || !value.isList() || value.toListRef().size() != 1) return false;
  const IValue& number = value.toListRef().front();
  const auto all = preset.toListRef();
  return number.isInt() && !all.empty() &&
         std::all_of(all.begin(), all.end(), [&](const IValue& each) { return each == number; });
}

bool is_default(const c10::Argument& formal, const IValue& value) {
  if (!formal.default_value()) return false;
  const IValue& preset = *formal.default_value();
  if (preset.isNone()) return is_absent(value);
  if (formal.N() && is_repeated(value, preset)) return true;
  return preset.tagKind() == value.tagKind() && preset == value;
}

template <typename T, typename Convert>
std::vector<T> list_of(const IValue& value, Convert convert) {
  std::vector<T> items;
  for (const IValue& item : value.toListRef()) items.push_back(convert(item));
  return items;
}

std::int64_t as_int(const IValue& value) {
  return value.toInt();
}

/// Writes values of one schema's argument; knows where it stands for messages.
class ArgumentWriter {
 public:
  ArgumentWriter(const c10::FunctionSchema& schema, const c10::Argument& formal,
                 const TensorValue& tensor_value, const NumberArgument& number_argument)
      : schema_(schema),
        formal_(formal),
        tensor_value_(tensor_value),
        number_argument_(number_argument) {}

  Argument write(const IValue& value) const { return write(value, *formal_.real_type()); }

 private:
  Argument write(const IValue& value, const c10::Type& type) const {
    if (is_absent(value)) return {NoneArgument{}};
    switch (type.kind()) {
      case TypeKind::OptionalType:
        return write(value, *type.expectRef<c10::OptionalType>().getElementType());
      case TypeKind::ListType:
        return write_list(value, *type.expectRef<c10::ListType>().getElementType());
      case TypeKind::TensorType:
        return write_tensor(value.toTensor());
      case TypeKind::ScalarTypeType:
        return {static_cast<c10::ScalarType>(as_int(value))};
      case TypeKind::LayoutType:
        return {static_cast<c10::Layout>(as_int(value))};
      case TypeKind::MemoryFormatType:
        return {static_cast<c10::MemoryFormat>(as_int(value))};
      default:
        return write_plain(value);
    }
  }

  /// Python, too, writes a number that was made a tensor for the call as a number.
  Argument write_tensor(const at::Tensor& tensor) const {
    const auto* traced = as_traced(tensor);
    if (traced != nullptr && traced->number()) return number_argument_(traced->number());
    if (is_wrapped_number(tensor)) return write_plain(IValue(tensor.item()));
    return {TensorArgument{&tensor_value_(tensor)}};
  }

  Argument write_plain(const IValue& value) const {
    if (value.isBool()) return {value.toBool()};
    if (value.isInt()) return {value.toInt()};
    if (value.isDouble()) return {value.toDouble()};
    if (value.isComplexDouble()) {
      return {std::complex<double>(value.toComplexDouble().real(), value.toComplexDouble().imag())};
    }
    if (value.isSymInt()) return number_argument_(value.toSymInt().toSymNode());
    if (value.isSymFloat()) return number_argument_(value.toSymFloat().toSymNodeImpl());
    if (value.isSymBool()) return number_argument_(value.toSymBool().toSymNodeImpl());
    if (value.isString()) return {value.toStringRef()};
    if (value.isDevice()) return {value.toDevice()};
    refuse(value);
  }

  Argument write_list(const IValue& value, const c10::Type& element) const {
    switch (element.kind()) {
      case TypeKind::TensorType:
        return write_tensors(value);
      case TypeKind::OptionalType:
        return write_optional_tensors(value);
      case TypeKind::IntType:
      case TypeKind::SymIntType:
        return write_ints(value);
      case TypeKind::BoolType:
        return {list_of<bool>(value, [](const IValue& item) { return item.toBool(); })};
      case TypeKind::FloatType:
        return {list_of<double>(value, [](const IValue& item) { return item.toDouble(); })};
      case TypeKind::NumberType:
        return write_numbers(value);
      default:
        refuse(value);
    }
  }

  Argument write_tensors(const IValue& value) const {
    return {list_of<TensorArgument>(value, [this](const IValue& item) {
      return TensorArgument{&tensor_value_(item.toTensor())};
    })};
  }

  Argument write_optional_tensors(const IValue& value) const {
    const auto items = value.toListRef();
    if (std::none_of(items.begin(), items.end(), is_absent)) return write_tensors(value);
    return {list_of<OptionalTensorArgument>(value, [this](const IValue& item) {
      return is_absent(item)
                 ? OptionalTensorArgument(NoneArgument{})
                 : OptionalTensorArgument(TensorArgument{&tensor_value_(item.toTensor())});
    })};
  }

  Argument write_ints(const IValue& value) const {
    const auto items = value.toListRef();
    if (std::all_of(items.begin(), items.end(), [](const IValue& item) { return item.isInt(); })) {
      return {list_of<std::int64_t>(value, as_int)};
    }
    return {list_of<SymIntArgument>(value, [this](const IValue& item) {
      if (item.isInt()) return SymIntArgument{item.toInt()};
      const Argument number = number_argument_(item.toSymInt().toSymNode());
      if (const auto* plain = number.get<std::int64_t>()) return SymIntArgument{*plain};
      return *number.get<SymIntArgument>();
    })};
  }

  Argument write_numbers(const IValue& value) const {
    const auto items = value.toListRef();
    if (std::all_of(items.begin(), items.end(), [](const IValue& item) { return item.isInt(); })) {
      return {list_of<std::int64_t>(value, as_int)};
    }
    return {list_of<double>(value, [](const IValue& item) { return item.toScalar().toDouble(); })};
  }

  [[noreturn]] void refuse(const IValue& value) const {
    throw UnsupportedError(c10::str("forward calls ", schema_.operator_name(), " with '",
                                    formal_.name(), "', a ", value.tagKind(),
                                    ", which a program cannot hold"));
  }

  const c10::FunctionSchema& schema_;
  const c10::Argument& formal_;
  const TensorValue& tensor_value_;
  const NumberArgument& number_argument_;
};

std::size_t positional_count(const c10::FunctionSchema& schema, c10::ArrayRef<IValue> values) {
  const auto& formals = schema.arguments();
  std::size_t count = 0;
  for (std::size_t i = 0; i < formals.size() && !formals[i].kwarg_only(); ++i) {
    if (!is_default(formals[i], values[i])) count = i + 1;
  }
  return count;
}

/// `at::indexing` writes an open end of a slice as another huge number than Python.
IValue with_python_end(const c10::FunctionSchema& schema, const c10::Argument& formal,
                       const IValue& value) {
  constexpr std::int64_t kIndexMax = std::numeric_limits<std::int64_t>::max() / 2;
  const bool open_end = schema.name() == "aten::slice" && formal.name() == "end" && value.isInt() &&
                        value.toInt() == kIndexMax;
  return open_end ? IValue(std::numeric_limits<std::int64_t>::max()) : value;
}

}  // namespace

bool is_wrapped_number(const at::Tensor& tensor) {
  return tensor.defined() && tensor.unsafeGetTensorImpl()->is_wrapped_number();
}

std::vector<NamedArgument> named_arguments(const c10::FunctionSchema& schema,
                                           c10::ArrayRef<IValue> values,
                                           const TensorValue& tensor_value,
                                           const NumberArgument& number_argument) {
  std::vector<NamedArgument> result;
  const auto& formals = schema.arguments();
  const std::size_t positional = positional_count(schema, values);
  for (std::size_t i = 0; i < formals.size(); ++i) {
    const bool keyword = formals[i].kwarg_only();
    if (keyword ? is_default(formals[i], values[i]) : i >= positional) continue;
    result.push_back({formals[i].name(),
                      ArgumentWriter(schema, formals[i], tensor_value, number_argument)
                          .write(with_python_end(schema, formals[i], values[i])),
                      keyword ? ArgumentKind::keyword : ArgumentKind::positional});
  }
  return result;
}

std::optional<Argument> literal_argument(const Expr& expr) {
  switch (expr.kind) {
    case ExprKind::integer:
      return Argument(std::get<std::int64_t>(expr.value));
    case ExprKind::floating:
      return Argument(std::get<double>(expr.value));
    case ExprKind::boolean:
      return Argument(std::get<bool>(expr.value));
    default:
      return std::nullopt;
  }
}

Argument constant_argument(const Value& leaf, const std::string& what) {
  if (leaf.is_none()) return {NoneArgument{}};
  if (leaf.is_bool()) return {leaf.to_bool()};
  if (leaf.is_int()) return {leaf.to_int()};
  if (leaf.is_double()) return {leaf.to_double()};
  if (leaf.is_string()) return {leaf.string()};
  throw UnsupportedError(what + " is a " + leaf.type_name() +
                         ", which a program cannot hold as a constant");
}

}  // namespace roundtrip
