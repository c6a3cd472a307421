#include "export/program/node_equality.h"

#include <algorithm>
#include <bit>
#include <complex>

namespace roundtrip {
namespace {

template <typename T>
bool all_same(const T& left, const T& right, const auto& is_same) {
  return std::equal(left.begin(), left.end(), right.begin(), right.end(), is_same);
}

bool same_graph(const Graph& left, const Graph& right) {
  return same_arguments(left.inputs(), right.inputs()) &&
         same_arguments(left.outputs(), right.outputs()) &&
         left.is_single_tensor_return == right.is_single_tensor_return &&
         all_same(left.nodes(), right.nodes(), same_node);
}

/// One overload for each kind of argument: a new kind does not compile without one.
struct SameArgument {
  static bool of(const Argument& left, const Argument& right) {
    return of_variants(left.value, right.value);
  }

  bool operator()(const NoneArgument&, const NoneArgument&) const { return true; }
  template <typename T>
  requires(std::is_integral_v<T> || std::is_enum_v<T>) bool operator()(T left, T right) const {
    return left == right;
  }
  bool operator()(double left, double right) const {
    return std::bit_cast<std::uint64_t>(left) == std::bit_cast<std::uint64_t>(right);
  }
  bool operator()(const std::complex<double>& left, const std::complex<double>& right) const {
    return (*this)(left.real(), right.real()) && (*this)(left.imag(), right.imag());
  }
  bool operator()(const std::string& left, const std::string& right) const { return left == right; }
  bool operator()(c10::Device left, c10::Device right) const { return left == right; }
  bool operator()(const GraphValue* left, const GraphValue* right) const {
    return left->name() == right->name();
  }
  bool operator()(const TensorArgument& left, const TensorArgument& right) const {
    return (*this)(left.value, right.value);
  }
  bool operator()(const CustomObjArgument& left, const CustomObjArgument& right) const {
    return (*this)(left.value, right.value) && left.class_fqn == right.class_fqn;
  }
  bool operator()(const SymIntArgument& left, const SymIntArgument& right) const {
    return of_variants(left.value, right.value);
  }
  bool operator()(const SymFloatArgument& left, const SymFloatArgument& right) const {
    return of_variants(left.value, right.value);
  }
  bool operator()(const SymBoolArgument& left, const SymBoolArgument& right) const {
    return of_variants(left.value, right.value);
  }
  bool operator()(const OptionalTensorArgument& left, const OptionalTensorArgument& right) const {
    return of_variants(left, right);
  }
  bool operator()(const OperatorArgument& left, const OperatorArgument& right) const {
    return left.name == right.name;
  }
  bool operator()(const UnknownArgument& left, const UnknownArgument& right) const {
    return left.tag == right.tag && left.json == right.json;
  }
  bool operator()(const GraphArgument& left, const GraphArgument& right) const {
    return left.name == right.name && same_graph(*left.graph, *right.graph);
  }
  template <typename T>
  bool operator()(const std::vector<T>& left, const std::vector<T>& right) const {
    return all_same(left, right, *this);
  }
  bool operator()(const ArgumentDict& left, const ArgumentDict& right) const {
    return all_same(left.entries, right.entries,
                    [](const KeyedArgument& one, const KeyedArgument& other) {
                      return one.key == other.key && of(one.value, other.value);
                    });
  }

 private:
  template <typename Variant>
  static bool of_variants(const Variant& left, const Variant& right) {
    return left.index() == right.index() &&
           std::visit(
               [&]<typename T>(const T& one) { return SameArgument()(one, std::get<T>(right)); },
               left);
  }
};

bool same_input(const NamedArgument& left, const NamedArgument& right) {
  return left.name == right.name && left.kind == right.kind &&
         SameArgument::of(left.arg, right.arg);
}

}  // namespace

bool same_arguments(const std::vector<Argument>& left, const std::vector<Argument>& right) {
  return all_same(left, right, SameArgument::of);
}

bool same_node(const Node& left, const Node& right) {
  return left.target() == right.target() && all_same(left.inputs(), right.inputs(), same_input) &&
         same_arguments(left.outputs(), right.outputs());
}

}  // namespace roundtrip
