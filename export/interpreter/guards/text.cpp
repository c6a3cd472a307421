#include "export/interpreter/guards/text.h"

#include <string_view>
#include <unordered_map>

#include "export/program/python/text.h"
#include "export/symbolic/expr/functions.h"
#include "export/symbolic/text/python_code.h"

namespace roundtrip {

namespace {

/// How an operator is written, and how tightly it binds.
struct Operator {
  std::string_view token;
  int precedence;
};

constexpr int kLoosest = 0;

const Operator* find_operator(ExprKind kind) {
  static const std::unordered_map<ExprKind, Operator> kOperators = {
      {ExprKind::logical_or, {" or ", 1}}, {ExprKind::logical_and, {" and ", 2}},
      {ExprKind::equal, {" == ", 4}},      {ExprKind::not_equal, {" != ", 4}},
      {ExprKind::less, {" < ", 4}},        {ExprKind::less_equal, {" <= ", 4}},
      {ExprKind::greater, {" > ", 4}},     {ExprKind::greater_equal, {" >= ", 4}},
      {ExprKind::add, {" + ", 5}},         {ExprKind::mul, {" * ", 6}},
      {ExprKind::floor_div, {" // ", 6}},  {ExprKind::int_true_div, {" / ", 6}},
      {ExprKind::clean_div, {" // ", 6}},  {ExprKind::mod, {" % ", 6}},
      {ExprKind::rational, {" / ", 6}},    {ExprKind::python_mod, {" % ", 6}},
      {ExprKind::pow, {" ** ", 8}},
  };
  auto found = kOperators.find(kind);
  return found == kOperators.end() ? nullptr : &found->second;
}

std::string_view function_name(ExprKind kind) {
  return python_call(kind).value_or(find_function(kind)->str_name);
}

class Printer {
 public:
  explicit Printer(const std::vector<std::string>& sources) : sources_(sources) {}

  /// In parentheses if the expression binds less tightly than `precedence`.
  std::string print(const Expr& expr, int precedence) const {
    switch (expr.kind) {
      case ExprKind::integer:
        return std::to_string(std::get<std::int64_t>(expr.value));
      case ExprKind::floating:
        return python_repr(std::get<double>(expr.value));
      case ExprKind::boolean:
        return python_repr(std::get<bool>(expr.value));
      case ExprKind::symbol:
        return sources_.at(std::stoul(expr.name));
      case ExprKind::logical_not:
        return parenthesize("not " + print(expr.children[0], 3), 3, precedence);
      case ExprKind::int_infinity:
        return std::get<std::int64_t>(expr.value) < 0 ? "NegativeIntInfinity()" : "IntInfinity()";
      case ExprKind::where:
        return parenthesize(print(expr.children[1], 1) + " if " + print(expr.children[0], 1) +
                                " else " + print(expr.children[2], kLoosest),
                            kLoosest, precedence);
      default:
        break;
    }
    if (auto* infix = find_operator(expr.kind)) {
      return parenthesize(chain(expr, *infix), infix->precedence, precedence);
    }
    std::string args;
    for (const auto& child : expr.children) {
      args += (args.empty() ? "" : ", ") + print(child, kLoosest);
    }
    return std::string(function_name(expr.kind)) + "(" + args + ")";
  }

 private:
  /// `a + b + c`, whose operands stand in one expression or, as parsed, in several.
  std::string chain(const Expr& expr, const Operator& infix) const {
    auto text = print(expr.children[0], infix.precedence);
    for (std::size_t i = 1; i < expr.children.size(); ++i) {
      text += std::string(infix.token) + print(expr.children[i], infix.precedence + 1);
    }
    return text;
  }

  static std::string parenthesize(std::string text, int own, int wanted) {
    return own < wanted ? "(" + text + ")" : text;
  }

  const std::vector<std::string>& sources_;
};

}  // namespace

std::string guard_text(const Expr& condition, const std::vector<std::string>& source_texts) {
  return Printer(source_texts).print(condition, kLoosest);
}

}  // namespace roundtrip
