#include "export/interpreter/steps/operand.h"

#include <ATen/core/List.h>
#include <ATen/core/jit_type.h>
#include <c10/util/StringUtil.h>
#include <roundtrip/error.h>

#include <optional>
#include <utility>

#include "export/interpreter/steps/convert.h"

namespace roundtrip {

using c10::IValue;

Operand Operand::constant(IValue value) {
  Operand operand;
  operand.constant_ = std::move(value);
  return operand;
}

Operand Operand::from_register(Register index, bool last_use) {
  Operand operand;
  operand.kind_ = last_use ? Kind::kLastUse : Kind::kRegister;
  operand.register_ = index;
  return operand;
}

Operand Operand::computed(Function function) {
  Operand operand;
  operand.kind_ = Kind::kComputed;
  operand.function_ = std::move(function);
  return operand;
}

namespace {

/// A constant, or a register whose value is known when the step runs.
struct Source {
  std::optional<Register> from;
  IValue constant;
  bool last_use = false;

  const IValue& read(const Frame& frame) const { return from ? frame.registers[*from] : constant; }
};

Source value_source(const GraphValue& value, const Scope& scope) {
  return {scope.find(value), {}, scope.is_only_and_last_use(value)};
}

template <typename Number>
Source number(const Number& given, const Scope& scope) {
  if (auto* value = std::get_if<GraphValue*>(&given.value)) return value_source(**value, scope);
  return {std::nullopt, IValue(std::get<1>(given.value))};
}

/// What an argument holds before its formal argument's type is known: one source
/// for a scalar, one for each element of a list.
struct Sources {
  bool is_list = false;
  std::vector<Source> items;
};

struct SourceVisitor {
  const Scope& scope;

  Sources operator()(const NoneArgument&) const { return scalar({}); }
  Sources operator()(const TensorArgument& given) const {
    return scalar(value_source(*given.value, scope));
  }
  Sources operator()(const OptionalTensorArgument& given) const { return scalar(optional(given)); }
  Sources operator()(const SymIntArgument& given) const { return scalar(number(given, scope)); }
  Sources operator()(const SymFloatArgument& given) const { return scalar(number(given, scope)); }
  Sources operator()(const SymBoolArgument& given) const { return scalar(number(given, scope)); }
  Sources operator()(std::int64_t given) const { return constant(given); }
  Sources operator()(double given) const { return constant(given); }
  Sources operator()(bool given) const { return constant(given); }
  Sources operator()(const std::string& given) const { return constant(given); }
  Sources operator()(c10::ScalarType given) const {
    return constant(static_cast<std::int64_t>(given));
  }
  Sources operator()(c10::Layout given) const { return constant(static_cast<std::int64_t>(given)); }
  Sources operator()(c10::MemoryFormat given) const {
    return constant(static_cast<std::int64_t>(given));
  }
  Sources operator()(c10::Device given) const { return constant(given); }
  Sources operator()(std::complex<double> given) const {
    return constant(c10::complex<double>(given.real(), given.imag()));
  }

  Sources operator()(const std::vector<TensorArgument>& given) const {
    return list(given, [this](const auto& item) { return value_source(*item.value, scope); });
  }
  Sources operator()(const std::vector<OptionalTensorArgument>& given) const {
    return list(given, [this](const auto& item) { return optional(item); });
  }
  Sources operator()(const std::vector<SymIntArgument>& given) const { return numbers(given); }
  Sources operator()(const std::vector<SymFloatArgument>& given) const { return numbers(given); }
  Sources operator()(const std::vector<SymBoolArgument>& given) const { return numbers(given); }
  Sources operator()(const std::vector<std::int64_t>& given) const { return constants(given); }
  Sources operator()(const std::vector<double>& given) const { return constants(given); }
  Sources operator()(const std::vector<std::string>& given) const { return constants(given); }
  Sources operator()(const std::vector<bool>& given) const {
    return list(given, [](bool item) { return Source{std::nullopt, item}; });
  }

  template <typename T>
  Sources operator()(const T&) const {
    throw ProgramError("is of a kind that no operator of this version takes");
  }

 private:
  Source optional(const OptionalTensorArgument& given) const {
    auto* tensor = std::get_if<TensorArgument>(&given);
    return tensor ? value_source(*tensor->value, scope) : Source{};
  }
  static Sources scalar(Source source) {
    Sources sources;
    sources.items.push_back(std::move(source));
    return sources;
  }
  static Sources constant(IValue value) { return scalar({std::nullopt, std::move(value)}); }

  template <typename Items, typename Make>
  static Sources list(const Items& items, Make make) {
    Sources sources{true, {}};
    for (const auto& item : items) sources.items.push_back(make(item));
    return sources;
  }
  template <typename T>
  Sources numbers(const std::vector<T>& given) const {
    return list(given, [this](const T& item) { return number(item, scope); });
  }
  template <typename T>
  static Sources constants(const std::vector<T>& given) {
    return list(given, [](const T& item) { return Source{std::nullopt, item}; });
  }
};

bool all_constant(const std::vector<Source>& items) {
  return std::none_of(items.begin(), items.end(), [](const Source& item) { return item.from; });
}

/// Sizes some of which are symbols, as they are while a program is captured again.
IValue symbolic_list(const std::vector<Source>& items, const Frame& frame) {
  std::vector<c10::SymInt> sizes;
  for (const auto& item : items) sizes.push_back(item.read(frame).toSymInt());
  return sizes;
}

Operand list_operand(std::vector<Source> items, const c10::TypePtr& element_type) {
  Conversion convert = conversion_to(*element_type);
  auto build = [items = std::move(items), element_type, convert](const Frame& frame) -> IValue {
    c10::impl::GenericList list(element_type);
    list.reserve(items.size());
    for (const auto& item : items) {
      IValue value = convert(item.read(frame));
      if (value.isSymInt()) return symbolic_list(items, frame);
      list.push_back(std::move(value));
    }
    return list;
  };
  return Operand::computed(std::move(build));
}

Operand scalar_operand(const Source& source, const c10::Type& type, bool is_tensor) {
  Conversion convert = conversion_to(type);
  if (!source.from) return Operand::constant(convert(source.constant));
  if (is_tensor) return Operand::from_register(*source.from, source.last_use);
  return Operand::computed([from = *source.from, convert](const Frame& frame) {
    return convert(frame.registers[from]);
  });
}

/// dtypes, layouts and memory formats are boxed as ints; a plain int may not pass
/// for one, because kernels index tables by it.
bool enum_matches(const Argument& given, const c10::Type& type) {
  if (given.get<NoneArgument>()) return true;
  const auto kind = type.kind();
  return given.get<c10::ScalarType>() ? kind == c10::TypeKind::ScalarTypeType
         : given.get<c10::Layout>()   ? kind == c10::TypeKind::LayoutType
         : given.get<c10::MemoryFormat>()
             ? kind == c10::TypeKind::MemoryFormatType
             : kind != c10::TypeKind::ScalarTypeType && kind != c10::TypeKind::LayoutType &&
                   kind != c10::TypeKind::MemoryFormatType;
}

c10::TypePtr without_optional(c10::TypePtr type) {
  auto optional = type->cast<c10::OptionalType>();
  return optional ? optional->getElementType() : type;
}

Operand typed_operand(const Argument& given, const c10::Argument& formal, const Scope& scope) {
  auto type = without_optional(formal.real_type());
  bool takes_none = type != formal.real_type();
  if (given.get<NoneArgument>()) {
    if (takes_none) return Operand::constant({});
    throw ProgramError("is None");
  }
  if (!enum_matches(given, *type)) throw ProgramError("is of another kind");
  Sources sources = std::visit(SourceVisitor{scope}, given.value);
  auto list_type = type->cast<c10::ListType>();
  if (!list_type && !sources.is_list) {
    return scalar_operand(sources.items.front(), *type, given.get<TensorArgument>() != nullptr);
  }
  if (!list_type) throw ProgramError("is a list");
  if (!sources.is_list) {
    // `int[2]` takes one int for both.
    if (!formal.N()) throw ProgramError("is no list");
    sources.items.resize(static_cast<std::size_t>(*formal.N()), sources.items.front());
  }
  bool fixed = all_constant(sources.items);
  auto operand = list_operand(std::move(sources.items), boxed_type(list_type->getElementType()));
  if (!fixed) return operand;
  torch::jit::Stack no_stack;
  Frame no_frame{{}, no_stack};
  return Operand::constant(operand.load(no_frame));
}

}  // namespace

Operand make_operand(const Argument& given, const c10::Argument& formal, const Scope& scope) {
  try {
    return typed_operand(given, formal, scope);
  } catch (const Error& error) {
    throw ProgramError(
        c10::str("the argument '", formal.name(), "' (", *formal.real_type(), ") ", error.what()));
  }
}

Operand default_operand(const c10::Argument& formal) {
  if (formal.default_value()) return Operand::constant(*formal.default_value());
  throw ProgramError(
      c10::str("the argument '", formal.name(), "' (", *formal.real_type(), ") is missing"));
}

void append_operands(const Argument& given, const Scope& scope, std::vector<Operand>& operands) {
  Sources sources = std::visit(SourceVisitor{scope}, given.value);
  for (auto& source : sources.items) {
    operands.push_back(source.from ? Operand::from_register(*source.from, source.last_use)
                                   : Operand::constant(std::move(source.constant)));
  }
}

}  // namespace roundtrip
