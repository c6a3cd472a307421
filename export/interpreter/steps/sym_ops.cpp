#include "export/interpreter/steps/sym_ops.h"

#include <roundtrip/error.h>

#include <unordered_map>

#include "export/dispatch/symbolic_number.h"
#include "export/graph/python_functions.h"
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
    c10::SymNode (*symbolic)(const SymNodes&);
  };
  static constexpr Entry kEntries[] = {
      {"_operator.eq", binary<&c10::SymNodeImpl::eq>},
      {"_operator.ne", binary<&c10::SymNodeImpl::ne>},
      {"_operator.le", binary<&c10::SymNodeImpl::le>},
      {"_operator.ge", binary<&c10::SymNodeImpl::ge>},
      {"_operator.lt", binary<&c10::SymNodeImpl::lt>},
      {"_operator.gt", binary<&c10::SymNodeImpl::gt>},
      {"_operator.neg", unary<&c10::SymNodeImpl::neg>},
      {"_operator.pos", same},
      {"_operator.mul", binary<&c10::SymNodeImpl::mul>},
      {"_operator.add", binary<&c10::SymNodeImpl::add>},
      {"_operator.sub", binary<&c10::SymNodeImpl::sub>},
      {"_operator.floordiv", binary<&c10::SymNodeImpl::floordiv>},
      {"_operator.mod", binary<&c10::SymNodeImpl::mod>},
      {"_operator.pow", binary<&c10::SymNodeImpl::pow>},
      {"_operator.truediv", binary<&c10::SymNodeImpl::truediv>},
      {"_operator.and_", binary<&c10::SymNodeImpl::sym_and>},
      {"_operator.or_", binary<&c10::SymNodeImpl::sym_or>},
      {"_operator.lshift", own<&SymbolicNumber::lshift>},
      {"_operator.rshift", own<&SymbolicNumber::rshift>},
      {"builtins.round", own<&SymbolicNumber::round>},
      {"math.ceil", unary<&c10::SymNodeImpl::ceil>},
      {"math.floor", unary<&c10::SymNodeImpl::floor>},
      {"math.trunc", own<&SymbolicNumber::trunc>},
      {"torch.sym_not", unary<&c10::SymNodeImpl::sym_not>},
      {"torch.sym_int", no_symbols},
      {"torch.sym_float", unary<&c10::SymNodeImpl::sym_float>},
      {"torch.sym_ite", select},
      {"torch.sym_max", binary<&c10::SymNodeImpl::sym_max>},
      {"torch.sym_min", binary<&c10::SymNodeImpl::sym_min>},
      {"torch._sym_sqrt", own<&SymbolicNumber::sqrt>},
  };
  static const auto kOps = [] {
    std::unordered_map<std::string, SymOp> ops;
    for (const auto& [name, symbolic] : kEntries) {
      ops.emplace(name, SymOp{find_python_function(name)->arity, number_function(name), symbolic});
    }
    return ops;
  }();
  auto found = kOps.find(target);
  return found == kOps.end() ? nullptr : &found->second;
}

}  // namespace roundtrip
