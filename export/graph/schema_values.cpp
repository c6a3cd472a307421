#include "export/graph/schema_values.h"

#include <array>

namespace roundtrip::schema {
namespace {

/// One overload for each kind of argument that names values; the rest names none.
/// Works on const and on mutable arguments.
template <typename Visit>
struct NameVisitor {
  const Visit& visit;

  template <typename T>
  void operator()(T&) const {}

  void operator()(const TensorArgument& tensor) const { visit(tensor.name, ValueKind::tensor); }
  void operator()(TensorArgument& tensor) const { visit(tensor.name, ValueKind::tensor); }
  void operator()(const CustomObjArgument& value) const {
    visit(value.name, ValueKind::custom_obj);
  }
  void operator()(CustomObjArgument& value) const { visit(value.name, ValueKind::custom_obj); }
  void operator()(const SymIntArgument& value) const { number(value, ValueKind::sym_int); }
  void operator()(SymIntArgument& value) const { number(value, ValueKind::sym_int); }
  void operator()(const SymFloatArgument& value) const { number(value, ValueKind::sym_float); }
  void operator()(SymFloatArgument& value) const { number(value, ValueKind::sym_float); }
  void operator()(const SymBoolArgument& value) const { number(value, ValueKind::sym_bool); }
  void operator()(SymBoolArgument& value) const { number(value, ValueKind::sym_bool); }
  void operator()(const OptionalTensorArgument& value) const { optional(value); }
  void operator()(OptionalTensorArgument& value) const { optional(value); }
  void operator()(const ArgumentDict& value) const { dict(value); }
  void operator()(ArgumentDict& value) const { dict(value); }
  template <typename T>
  void operator()(const std::vector<T>& items) const {
    each(items);
  }
  template <typename T>
  void operator()(std::vector<T>& items) const {
    each(items);
  }
  void operator()(const std::vector<bool>&) const {}
  void operator()(std::vector<bool>&) const {}

 private:
  void number(auto& value, ValueKind kind) const {
    if (auto* name = std::get_if<std::string>(&value.value)) visit(*name, kind);
  }
  void optional(auto& value) const {
    if (auto* tensor = std::get_if<TensorArgument>(&value)) (*this)(*tensor);
  }
  void dict(auto& value) const {
    for (auto& entry : value.entries) std::visit(*this, entry.value.value);
  }
  void each(auto& items) const {
    for (auto& item : items) (*this)(item);
  }
};

}  // namespace

void visit_values(const Argument& argument,
                  const std::function<void(const std::string&, ValueKind)>& visit) {
  std::visit(NameVisitor<std::decay_t<decltype(visit)>>{visit}, argument.value);
}

void visit_values(Argument& argument, const std::function<void(std::string&, ValueKind)>& visit) {
  std::visit(NameVisitor<std::decay_t<decltype(visit)>>{visit}, argument.value);
}

void rename_values(Graph& graph, const std::unordered_map<std::string, std::string>& names) {
  const auto rename = [&](auto& values) {
    std::decay_t<decltype(values)> renamed;
    for (auto& entry : values) {
      const auto name = names.find(entry.key());
      renamed.insert(name == names.end() ? entry.key() : name->second, std::move(entry.value()));
    }
    values = std::move(renamed);
  };
  rename(graph.tensor_values);
  rename(graph.sym_int_values);
  rename(graph.sym_float_values);
  rename(graph.sym_bool_values);
}

const char* kind_name(ValueKind kind) {
  constexpr std::array kNames = {"tensor", "SymInt", "SymFloat", "SymBool", "script object"};
  return kNames[static_cast<std::size_t>(kind)];
}

}  // namespace roundtrip::schema
