#include "export/interpreter/steps/sym_ops.h"

#include <roundtrip/error.h>

#include <unordered_map>

#include "export/dispatch/symbolic_number.h"
#include "export/interpreter/steps/plain_numbers.h"

namespace roundtrip {

namespace {

using c10::IValue;

using SymNodes = std::vector<c10::SymNode>;

template <c10::SymNode (c10::SymNodeImpl::*Method)()>
c10::SymNode unary(const SymNodes& args) {
  return (args[0].get()->*Method)();
}

template <c10::SymNode (c10::SymNodeImpl::*Method)(const c10::SymNode&)>
c10::SymNode binary(const SymNodes& args) {
  return (args[0].get()->*Method)(args[1]);
}

c10::SymNode same(const SymNodes& args) {
  return args[0];
}

c10::SymNode select(const SymNodes& args) {
  return args[0]->sym_ite(args[1], args[2]);
}

/// A function that LibTorch's numbers lack.
template <c10::SymNode (SymbolicNumber::*Method)()>
c10::SymNode own(const SymNodes& args) {
  return (symbolic_number(args[0]).*Method)();
}

template <c10::SymNode (SymbolicNumber::*Method)(const c10::SymNode&)>
c10::SymNode own(const SymNodes& args) {
  return (symbolic_number(args[0]).*Method)(args[1]);
}

c10::SymNode no_symbols(const SymNodes&) {
  throw UnsupportedError("the operator cannot be captured again on symbols yet");
}

c10::SymNode node_of(const IValue& value) {
  if (value.isSymInt()) return value.toSymInt().toSymNode();
  if (value.isSymFloat()) return value.toSymFloat().toSymNodeImpl();
  if (value.isSymBool()) return value.toSymBool().toSymNodeImpl();
  return {};
}

/// A number as a node of the same capture as `other`.
c10::SymNode wrap(const IValue& value, const c10::SymNode& other) {
  if (c10::SymNode node = node_of(value)) return node;
  require_number(value);
  if (value.isBool()) return other->wrap_bool(value.toBool());
  return value.isInt() ? other->wrap_int(value.toInt()) : other->wrap_float(value.toDouble());
}

IValue unwrap(const c10::SymNode& node) {
  if (node->is_int()) return c10::SymInt(node);
  if (node->is_float()) return c10::SymFloat(node);
  return c10::SymBool(node);
}

}  // namespace

IValue apply(const SymOp& op, const IValue* args) {
  c10::SymNode symbol;
  for (std::size_t i = 0; i < op.arity && !symbol; ++i) symbol = node_of(args[i]);
  if (!symbol) return op.function(args);
  SymNodes nodes;
  for (std::size_t i = 0; i < op.arity; ++i) nodes.push_back(wrap(args[i], symbol));
  return unwrap(op.symbolic(nodes));
}

const SymOp* find_sym_op(const std::string& target) {
  struct Entry {
    const char* target;
    std::size_t arity;
    c10::SymNode (*symbolic)(const SymNodes&);
  };
  static constexpr Entry kEntries[] = {
      {"_operator.eq", 2, binary<&c10::SymNodeImpl::eq>},
      {"_operator.ne", 2, binary<&c10::SymNodeImpl::ne>},
      {"_operator.le", 2, binary<&c10::SymNodeImpl::le>},
      {"_operator.ge", 2, binary<&c10::SymNodeImpl::ge>},
      {"_operator.lt", 2, binary<&c10::SymNodeImpl::lt>},
      {"_operator.gt", 2, binary<&c10::SymNodeImpl::gt>},
      {"_operator.neg", 1, unary<&c10::SymNodeImpl::neg>},
      {"_operator.pos", 1, same},
      {"_operator.mul", 2, binary<&c10::SymNodeImpl::mul>},
      {"_operator.add", 2, binary<&c10::SymNodeImpl::add>},
      {"_operator.sub", 2, binary<&c10::SymNodeImpl::sub>},
      {"_operator.floordiv", 2, binary<&c10::SymNodeImpl::floordiv>},
      {"_operator.mod", 2, binary<&c10::SymNodeImpl::mod>},
      {"_operator.pow", 2, binary<&c10::SymNodeImpl::pow>},
      {"_operator.truediv", 2, binary<&c10::SymNodeImpl::truediv>},
      {"_operator.and_", 2, binary<&c10::SymNodeImpl::sym_and>},
      {"_operator.or_", 2, binary<&c10::SymNodeImpl::sym_or>},
      {"_operator.lshift", 2, own<&SymbolicNumber::lshift>},
      {"_operator.rshift", 2, own<&SymbolicNumber::rshift>},
      {"builtins.round", 1, own<&SymbolicNumber::round>},
      {"math.ceil", 1, unary<&c10::SymNodeImpl::ceil>},
      {"math.floor", 1, unary<&c10::SymNodeImpl::floor>},
      {"math.trunc", 1, own<&SymbolicNumber::trunc>},
      {"torch.sym_not", 1, unary<&c10::SymNodeImpl::sym_not>},
      {"torch.sym_int", 1, no_symbols},
      {"torch.sym_float", 1, unary<&c10::SymNodeImpl::sym_float>},
      {"torch.sym_ite", 3, select},
      {"torch.sym_max", 2, binary<&c10::SymNodeImpl::sym_max>},
      {"torch.sym_min", 2, binary<&c10::SymNodeImpl::sym_min>},
      {"torch._sym_sqrt", 1, own<&SymbolicNumber::sqrt>},
  };
  static const auto kOps = [] {
    std::unordered_map<std::string, SymOp> ops;
    for (const auto& [name, arity, symbolic] : kEntries) {
      ops.emplace(name, SymOp{arity, number_function(name), symbolic});
    }
    return ops;
  }();
  auto found = kOps.find(target);
  return found == kOps.end() ? nullptr : &found->second;
}

}  // namespace roundtrip
