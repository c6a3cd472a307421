#include <roundtrip/error.h>
#include <roundtrip/graph.h>

#include <array>
#include <type_traits>

namespace roundtrip {
namespace {

/// Calls `visit` with each pointer to a value in an argument, const or not, and what it is named
/// as: one branch for each kind of argument that names values.
template <typename Visit>
struct PointerVisitor {
  const Visit& visit;

  template <typename T>
  void operator()(T& argument) const {
    using Kind = std::remove_const_t<T>;
    if constexpr (std::is_same_v<Kind, TensorArgument>) {
      visit(argument.value, ValueKind::tensor);
    } else if constexpr (std::is_same_v<Kind, OptionalTensorArgument>) {
      if (auto* tensor = std::get_if<TensorArgument>(&argument)) (*this)(*tensor);
    } else if constexpr (std::is_same_v<Kind, SymIntArgument>) {
      number(argument, ValueKind::sym_int);
    } else if constexpr (std::is_same_v<Kind, SymFloatArgument>) {
      number(argument, ValueKind::sym_float);
    } else if constexpr (std::is_same_v<Kind, SymBoolArgument>) {
      number(argument, ValueKind::sym_bool);
    } else if constexpr (std::is_same_v<Kind, CustomObjArgument>) {
      visit(argument.value, ValueKind::custom_obj);
    } else if constexpr (std::is_same_v<Kind, ArgumentDict>) {
      for (auto& entry : argument.entries) std::visit(*this, entry.value.value);
    }
  }
  template <typename T>
  void operator()(std::vector<T>& items) const {
    for (auto& item : items) (*this)(item);
  }
  template <typename T>
  void operator()(const std::vector<T>& items) const {
    for (const auto& item : items) (*this)(item);
  }
  void operator()(std::vector<bool>&) const {}
  void operator()(const std::vector<bool>&) const {}

 private:
  void number(auto& argument, ValueKind kind) const {
    if (auto* value = std::get_if<GraphValue*>(&argument.value)) visit(*value, kind);
  }
};

template <typename AnyArgument, typename Visit>
void visit_pointers(AnyArgument& argument, const Visit& visit) {
  std::visit(PointerVisitor<Visit>{visit}, argument.value);
}

struct ArgumentOfType {
  GraphValue& value;

  Argument operator()(const TensorMeta&) const { return TensorArgument{&value}; }
  Argument operator()(const SymInt&) const { return SymIntArgument{&value}; }
  Argument operator()(const SymFloat&) const { return SymFloatArgument{&value}; }
  Argument operator()(const SymBool&) const { return SymBoolArgument{&value}; }
  Argument operator()(const CustomObjType& type) const {
    return CustomObjArgument{&value, type.class_fqn};
  }
  Argument operator()(std::monostate) const {
    throw ProgramError("nothing says what the value '" + value.name() +
                       "' is, a tensor or a number: set its type");
  }
};

}  // namespace

const char* kind_name(ValueKind kind) {
  constexpr std::array kNames = {"tensor", "SymInt", "SymFloat", "SymBool", "script object"};
  return kNames[static_cast<std::size_t>(kind)];
}

Argument::Argument() noexcept = default;
Argument::Argument(GraphValue& value) : Argument(std::visit(ArgumentOfType{value}, value.type())) {
}
Argument::Argument(const Argument& other) = default;
Argument::Argument(Argument&& other) noexcept = default;
Argument& Argument::operator=(const Argument& other) = default;
Argument& Argument::operator=(Argument&& other) noexcept = default;
Argument::~Argument() = default;

GraphValue* Argument::as_value() const {
  const auto one = [](const auto& alternative) -> GraphValue* {
    using T = std::decay_t<decltype(alternative)>;
    constexpr bool is_one =
        std::is_same_v<T, TensorArgument> || std::is_same_v<T, OptionalTensorArgument> ||
        std::is_same_v<T, CustomObjArgument> || std::is_same_v<T, SymIntArgument> ||
        std::is_same_v<T, SymFloatArgument> || std::is_same_v<T, SymBoolArgument>;
    GraphValue* found = nullptr;
    if constexpr (is_one) {
      const auto take = [&](GraphValue* const& value, ValueKind) { found = value; };
      PointerVisitor<decltype(take)>{take}(alternative);
    }
    return found;
  };
  return std::visit(one, value);
}

void for_each_value(const Argument& argument, const std::function<void(GraphValue&)>& visit) {
  visit_pointers(argument, [&](GraphValue* const& value, ValueKind) { visit(*value); });
}

void for_each_value(const Argument& argument,
                    const std::function<void(GraphValue&, ValueKind)>& visit) {
  visit_pointers(argument, [&](GraphValue* const& value, ValueKind kind) { visit(*value, kind); });
}

void map_values(Argument& argument, const std::function<GraphValue*(GraphValue&)>& map) {
  visit_pointers(argument, [&](GraphValue*& value, ValueKind) { value = map(*value); });
}

}  // namespace roundtrip
