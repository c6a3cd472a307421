#include "export/capture/generalize/integers.h"

#include <algorithm>
#include <sstream>

#include "export/tracing/sym_node.h"

namespace roundtrip {
namespace {

using c10::IValue;
using c10::TypeKind;

/// The type behind `Optional`, and in lists.
TypeKind element_kind(const c10::Type& type) {
  switch (type.kind()) {
    case TypeKind::OptionalType:
      return element_kind(*type.expectRef<c10::OptionalType>().getElementType());
    case TypeKind::ListType:
      return element_kind(*type.expectRef<c10::ListType>().getElementType());
    default:
      return type.kind();
  }
}

bool takes_integers(const c10::Argument& formal) {
  const TypeKind kind = element_kind(*formal.real_type());
  return kind == TypeKind::IntType || kind == TypeKind::SymIntType || kind == TypeKind::NumberType;
}

bool is_integer(const IValue& value) {
  if (value.isInt()) return true;
  if (!value.isSymInt()) return false;
  const SymNode* node = as_sym_node(value.toSymInt().toSymNode());
  return node != nullptr && !node->symbols().env.has_unbacked(node->expr());
}

bool is_list(const IValue& value) {
  return value.isIntList() || value.isSymIntList();
}

IValue of_number(const c10::SymInt& number) {
  const auto plain = number.maybe_as_int();
  return plain ? IValue(*plain) : IValue(number);
}

/// A list of plain integers stays one if none becomes symbolic.
IValue map_list(const IValue& list, const c10::Argument& formal, const MapInteger& map) {
  std::vector<c10::SymInt> numbers;
  for (const IValue& item : list.toListRef()) {
    numbers.push_back(is_integer(item) ? map(item.toSymInt(), formal) : item.toSymInt());
  }
  const auto is_plain = [](const c10::SymInt& number) { return number.maybe_as_int().has_value(); };
  if (list.isIntList() && std::all_of(numbers.begin(), numbers.end(), is_plain)) return list;
  return IValue(c10::SymIntArrayRef(numbers));
}

class CallText {
 public:
  explicit CallText(const std::function<std::string(const at::Tensor&)>& value_text)
      : value_text_(value_text) {}

  std::string of(const IValue& value, bool takes_integers) const {
    if (takes_integers && is_integer(value)) return "#";
    if (value.isTensor())
      return value.toTensor().defined() ? value_text_(value.toTensor()) : "None";
    if (value.isList()) {
      std::string text;
      for (const IValue& item : value.toListRef()) {
        text += (text.empty() ? "" : ", ") + of(item, takes_integers);
      }
      return "[" + text + "]";
    }
    std::ostringstream text;
    text << value;
    return text.str();
  }

 private:
  const std::function<std::string(const at::Tensor&)>& value_text_;
};

}  // namespace

bool takes_symbols(const c10::Argument& formal) {
  const TypeKind kind = element_kind(*formal.real_type());
  return kind == TypeKind::SymIntType || kind == TypeKind::NumberType;
}

void map_integers(const c10::FunctionSchema& schema, std::vector<IValue>& arguments,
                  const MapInteger& map) {
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const c10::Argument& formal = schema.arguments()[i];
    if (!takes_integers(formal)) continue;
    IValue& argument = arguments[i];
    if (is_integer(argument)) argument = of_number(map(argument.toSymInt(), formal));
    if (is_list(argument)) argument = map_list(argument, formal, map);
  }
}

std::string text_without_integers(const c10::FunctionSchema& schema,
                                  const std::vector<IValue>& arguments,
                                  const std::function<std::string(const at::Tensor&)>& value_text) {
  const CallText texts(value_text);
  std::string text;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    text +=
        (text.empty() ? "" : ", ") + texts.of(arguments[i], takes_integers(schema.arguments()[i]));
  }
  return c10::str(schema.operator_name(), "(", text, ")");
}

}  // namespace roundtrip
