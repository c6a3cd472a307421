#include "export/capture/generalize/size_substitution.h"

#include <roundtrip/error.h>

#include <algorithm>

#include "export/capture/generalize/integers.h"
#include "export/symbolic/expr/algebra.h"

namespace roundtrip {

void SizeSubstitution::forward_called(Recorder& recorder, const std::vector<Argument>& inputs) {
  const Trace& trace = recorder.graph().trace();
  const auto add = [&](const Expr& size, std::size_t leaf, std::size_t place, NumberPlace at) {
    if (size.kind == ExprKind::symbol) symbols_.push_back({size, leaf, place, std::move(at)});
  };
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    GraphValue* value = inputs[i].as_value();
    if (value == nullptr) continue;
    if (const SymbolicValue* number = trace.number(*value)) {
      add(number->expr, i, 0, recorder.graph().place_of(*value));
      continue;
    }
    const auto layout = trace.layouts.find(value);
    if (layout == trace.layouts.end()) continue;
    for (std::size_t j = 0; j < layout->second.sizes.size(); ++j) {
      add(layout->second.sizes[j], i, j,
          {recorder.graph().id(), nullptr, value, "sym_size.int", static_cast<std::int64_t>(j)});
    }
  }
  for (const std::vector<LeafSizes>& sizes : sizes_) points_.push_back(point_of(sizes));
}

Bindings SizeSubstitution::point_of(const std::vector<LeafSizes>& sizes) const {
  Bindings point;
  for (const Symbol& symbol : symbols_) {
    point.emplace(symbol.expr.name, sizes.at(symbol.leaf).at(symbol.place));
  }
  return point;
}

const LoggedCall& SizeSubstitution::next_call(const std::string& called) {
  const std::vector<LoggedCall>& calls = logs_.front().calls();
  if (next_ < calls.size() && calls[next_].text.starts_with(called)) return calls[next_++];
  throw CaptureError("forward calls " + called + " with sizes that are symbols, and " +
                     (next_ < calls.size() ? "'" + calls[next_].text + "'" : "nothing more") +
                     " with plain ones");
}

void SizeSubstitution::operator_called(Recorder& recorder, const c10::OperatorHandle& op,
                                       std::vector<c10::IValue>& arguments) {
  const std::string name = c10::str(op.schema().operator_name());
  const std::size_t call = next_;
  const LoggedCall& logged = next_call(name + "(");
  std::size_t index = 0;
  map_integers(op.schema(), arguments,
               [&](const c10::SymInt& number, const c10::Argument& formal) -> c10::SymInt {
                 if (index == logged.integers.size()) {
                   throw CaptureError("forward calls " + name + " with more integers than before");
                 }
                 c10::SymInt size = substitute(recorder, call, index++, number, name);
                 if (size.maybe_as_int() || takes_symbols(formal)) return size;
                 throw CaptureError("the argument '" + formal.name() + "' of " + name +
                                    ", which depends on dynamic sizes, takes plain integers only");
               });
}

void SizeSubstitution::function_called(const std::string& target,
                                       const std::vector<NamedArgument>&) {
  next_call(target + "(");
}

Value SizeSubstitution::leaf_returned(Recorder& recorder, const Value& leaf) {
  const std::size_t call = next_;
  next_call("return ");
  if (!leaf.is_int()) return leaf;
  return substitute(recorder, call, 0, leaf.to_int(), "return");
}

c10::SymInt SizeSubstitution::substitute(Recorder& recorder, std::size_t call, std::size_t index,
                                         const c10::SymInt& number, const std::string& what) {
  std::vector<std::int64_t> values;
  for (const CallLog& log : logs_) values.push_back(log.calls()[call].integers[index]);
  const bool is_constant =
      std::all_of(values.begin(), values.end(), [&](auto value) { return value == values[0]; });
  if (is_constant || !number.maybe_as_int()) return number;
  std::vector<Expr> fitting = fitting_expressions(values, atoms(*recorder.symbols()), points_);
  if (fitting.empty()) {
    throw CaptureError(
        c10::str("an integer that ", what, " is called with is ", c10::Join(", ", values),
                 " at the sizes that were tried, which is no expression of them that "
                 "was found"));
  }
  const Expr expr = fitting.front();
  generalized_.push_back({what, expr, {fitting.begin() + 1, fitting.end()}});
  const ArithmeticScope arithmetic(*recorder.symbols(), recorder.numbers());
  return make(recorder, expr);
}

/// Symbols first: they make the simplest expressions.
std::vector<Expr> SizeSubstitution::atoms(const Symbols& symbols) const {
  std::vector<Expr> atoms;
  const auto add = [&](const Expr& atom) {
    const bool is_known = std::any_of(atoms.begin(), atoms.end(),
                                      [&](const Expr& known) { return same(known, atom); });
    if (!is_known && !symbols.env.has_unbacked(atom)) atoms.push_back(atom);
  };
  for (const Symbol& symbol : symbols_) add(symbol.expr);
  for (const SizeRead& read : symbols.noted_reads) add(read.size);
  return atoms;
}

c10::SymInt SizeSubstitution::number_of(Recorder& recorder, const std::string& name) const {
  const auto found = std::find_if(symbols_.begin(), symbols_.end(),
                                  [&](const Symbol& symbol) { return symbol.expr.name == name; });
  if (found == symbols_.end()) throw CaptureError("no input has the size " + name);
  return make_sym_int(recorder.symbols(), found->expr, found->at);
}

c10::SymInt SizeSubstitution::make(Recorder& recorder, const Expr& expr) const {
  const auto child = [&](std::size_t i) { return make(recorder, expr.children[i]); };
  switch (expr.kind) {
    case ExprKind::integer:
      return std::get<std::int64_t>(expr.value);
    case ExprKind::symbol:
      return number_of(recorder, expr.name);
    case ExprKind::floor_div:
    case ExprKind::clean_div:
      return child(0) / child(1);
    case ExprKind::mod:
    case ExprKind::python_mod:
      return child(0) % child(1);
    case ExprKind::pow: {
      c10::SymInt result = 1;
      const auto* exponent = std::get_if<std::int64_t>(&expr.children[1].value);
      for (std::int64_t i = 0; exponent != nullptr && i < *exponent; ++i)
        result = result * child(0);
      if (exponent != nullptr) return result;
      break;
    }
    case ExprKind::add:
    case ExprKind::mul:
    case ExprKind::max:
    case ExprKind::min: {
      c10::SymInt result = child(0);
      for (std::size_t i = 1; i < expr.children.size(); ++i) {
        if (expr.kind == ExprKind::add) result = result + child(i);
        if (expr.kind == ExprKind::mul) result = result * child(i);
        if (expr.kind == ExprKind::max) result = result.max(child(i));
        if (expr.kind == ExprKind::min) result = result.min(child(i));
      }
      return result;
    }
    default:
      break;
  }
  throw CaptureError("an integer that depends on dynamic sizes is " + to_string(expr) +
                     ", which no program can compute");
}

}  // namespace roundtrip
