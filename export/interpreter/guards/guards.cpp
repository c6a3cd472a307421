#include "export/interpreter/guards/guards.h"

#include <c10/util/StringUtil.h>
#include <roundtrip/error.h>

#include <algorithm>
#include <optional>
#include <unordered_map>
#include <utility>

#include "export/interpreter/guards/functions.h"
#include "export/interpreter/guards/lexer.h"
#include "export/interpreter/guards/text.h"

namespace roundtrip {

namespace {

constexpr std::size_t kMaxLength = 1 << 16;
constexpr int kMaxGuardDepth = 100;
constexpr int kMaxOperators = 2000;  // chains of them nest, too

/// `args_0['k']` as `args[0]['k']`.
std::string variadic_spelling(const std::string& leaf) {
  auto root_end = leaf.find_first_of("[.");
  auto root = leaf.substr(0, root_end);
  auto underscore = root.rfind('_');
  if (underscore == std::string::npos) return leaf;
  auto rest = root_end == std::string::npos ? "" : leaf.substr(root_end);
  return c10::str(root.substr(0, underscore), "[", root.substr(underscore + 1), "]", rest);
}

/// The leaf of that name; also as `flat_args[2]`, and as `args[0]` where its name
/// is `args_0`.
std::optional<std::size_t> find_leaf(const std::string& path,
                                     const std::vector<std::string>& leaf_names) {
  for (std::size_t i = 0; i < leaf_names.size(); ++i) {
    if (path == leaf_names[i] || path == c10::str("flat_args[", i, "]")) return i;
  }
  for (std::size_t i = 0; i < leaf_names.size(); ++i) {
    if (path == variadic_spelling(leaf_names[i])) return i;
  }
  return std::nullopt;
}

/// A recursive-descent parser of Python's expression grammar, as far as guards go:
/// one function for each level of precedence.
class Parser {
 public:
  Parser(std::string_view text, const std::vector<std::string>& leaf_names)
      : lexer_(text), leaf_names_(leaf_names) {}

  Expr parse() {
    Expr condition = choice();
    if (!lexer_.at_end()) lexer_.fail("an operator or the end");
    return condition;
  }

  std::vector<GuardSource> sources;
  std::vector<std::string> source_texts;

 private:
  using Operators = std::vector<std::pair<std::string_view, ExprKind>>;

  Expr make(ExprKind kind, std::vector<Expr> children) {
    if (++num_operators_ > kMaxOperators) lexer_.fail("fewer operators");
    Expr expr;
    expr.kind = kind;
    expr.children = std::move(children);
    return expr;
  }

  bool accept(std::string_view token) { return lexer_.accept(token); }

  std::optional<ExprKind> accept_any(const Operators& operators) {
    for (const auto& [token, kind] : operators) {
      if (accept(token)) return kind;
    }
    return std::nullopt;
  }

  /// `a if condition else b`.
  Expr choice() {
    if (++depth_ > kMaxGuardDepth) lexer_.fail("less nesting");
    Expr left = disjunction();
    if (accept("if")) {
      Expr condition = disjunction();
      lexer_.expect("else");
      left = make(ExprKind::where, {std::move(condition), std::move(left), choice()});
    }
    --depth_;
    return left;
  }

  Expr disjunction() {
    Expr left = conjunction();
    while (accept("or")) left = make(ExprKind::logical_or, {std::move(left), conjunction()});
    return left;
  }

  Expr conjunction() {
    Expr left = negation();
    while (accept("and")) left = make(ExprKind::logical_and, {std::move(left), negation()});
    return left;
  }

  Expr negation() {
    int negations = 0;
    while (accept("not")) ++negations;
    Expr expr = comparison();
    return negations % 2 == 0 ? expr : make(ExprKind::logical_not, {std::move(expr)});
  }

  /// `a <= b < c` means `a <= b and b < c`.
  Expr comparison() {
    static const Operators kOperators = {
        {"==", ExprKind::equal},         {"!=", ExprKind::not_equal}, {"<=", ExprKind::less_equal},
        {">=", ExprKind::greater_equal}, {"<", ExprKind::less},       {">", ExprKind::greater}};
    Expr left = sum();
    std::optional<Expr> all;
    while (auto kind = accept_any(kOperators)) {
      Expr right = sum();
      Expr one = make(*kind, {std::move(left), right});
      all = all ? make(ExprKind::logical_and, {std::move(*all), std::move(one)}) : std::move(one);
      left = std::move(right);
    }
    return all ? std::move(*all) : left;
  }

  Expr sum() {
    Expr left = product();
    while (true) {
      if (accept("+")) {
        left = make(ExprKind::add, {std::move(left), product()});
      } else if (accept("-")) {
        left = make(ExprKind::add, {std::move(left), negative(product())});
      } else {
        return left;
      }
    }
  }

  Expr product() {
    static const Operators kOperators = {{"*", ExprKind::mul},
                                         {"//", ExprKind::floor_div},
                                         {"/", ExprKind::int_true_div},
                                         {"%", ExprKind::python_mod}};
    Expr left = unary();
    while (auto kind = accept_any(kOperators)) {
      left = make(*kind, {std::move(left), unary()});
    }
    return left;
  }

  Expr negative(Expr expr) {
    auto* literal = std::get_if<std::int64_t>(&expr.value);
    const bool is_literal = expr.kind == ExprKind::integer || expr.kind == ExprKind::int_infinity;
    if (is_literal && literal) {
      *literal = -*literal;  // none is the least of 64 bits, which no text without a sign gives
      return expr;
    }
    Expr minus_one;
    minus_one.value = std::int64_t{-1};
    return make(ExprKind::mul, {std::move(minus_one), std::move(expr)});
  }

  Expr unary() {
    int minuses = 0;
    while (true) {
      if (accept("-")) {
        ++minuses;
      } else if (!accept("+")) {
        break;
      }
    }
    Expr expr = power();
    return minuses % 2 == 0 ? expr : negative(std::move(expr));
  }

  Expr power() {
    Expr base = primary();
    if (!accept("**")) return base;
    return make(ExprKind::pow, {std::move(base), primary()});
  }

  Expr primary() {
    if (lexer_.at_digit()) return literal();
    if (accept("(")) {
      Expr inner = choice();
      lexer_.expect(")");
      return inner;
    }
    if (accept("int_oo") || accept("IntInfinity()")) return infinity(1);
    if (accept("NegativeIntInfinity()")) return infinity(-1);
    if (accept("True")) return boolean(true);
    if (accept("False")) return boolean(false);
    if (accept("L")) return source();
    return call();
  }

  static Expr infinity(std::int64_t sign) {
    Expr expr;
    expr.kind = ExprKind::int_infinity;
    expr.value = sign;
    return expr;
  }

  static Expr boolean(bool value) {
    Expr expr;
    expr.kind = ExprKind::boolean;
    expr.value = value;
    return expr;
  }

  Expr literal() {
    Expr expr;
    expr.value = lexer_.number();
    if (std::holds_alternative<double>(expr.value)) expr.kind = ExprKind::floating;
    return expr;
  }

  Expr call() {
    auto begin = lexer_.position();
    auto* function = find_guard_function(lexer_.dotted_name());
    if (!function) {
      lexer_.fail_at(begin, "a number, a size of an input, or a function that guards may call");
    }
    lexer_.expect("(");
    std::vector<Expr> args;
    do {
      args.push_back(choice());
    } while (accept(","));
    lexer_.expect(")");
    if (args.size() < function->min_args || args.size() > function->max_args) {
      lexer_.fail("another number of arguments");
    }
    return make(function->kind, std::move(args));
  }

  /// After `L`: `['x']['k'][0].size()[1]`.
  Expr source() {
    auto begin = lexer_.position();
    auto path = lexer_.input_path();
    auto leaf = find_leaf(path, leaf_names_);
    if (!leaf) lexer_.fail_at(begin, "the name of an input instead of '" + path + "'");
    GuardSource source;
    source.leaf = *leaf;
    begin = lexer_.position();
    if (accept(".size()")) {
      source.kind = GuardSource::Kind::size;
      source.dimension = lexer_.index();
    } else if (accept(".stride()")) {
      source.kind = GuardSource::Kind::stride;
      source.dimension = lexer_.index();
    } else if (accept(".storage_offset()")) {
      source.kind = GuardSource::Kind::storage_offset;
    } else {
      return remember(source, leaf_names_[*leaf]);
    }
    return remember(source, leaf_names_[*leaf] + std::string(lexer_.since(begin)));
  }

  Expr remember(const GuardSource& source, std::string text) {
    Expr expr;
    expr.kind = ExprKind::symbol;
    expr.name = std::to_string(sources.size());
    sources.push_back(source);
    source_texts.push_back(std::move(text));
    return expr;
  }

  GuardLexer lexer_;
  const std::vector<std::string>& leaf_names_;
  int depth_ = 0;
  int num_operators_ = 0;
};

/// Makes the names of a condition's symbols numbers, in the order in which they are written.
class SourceNumbers {
 public:
  explicit SourceNumbers(const std::unordered_map<std::string, GuardSource>& known)
      : known_(known) {}

  Expr number(const Expr& expr) {
    Expr numbered = expr;
    if (expr.kind == ExprKind::symbol) {
      numbered.name = std::to_string(sources.size());
      sources.push_back(known_.at(expr.name));
      source_texts.push_back(expr.name);
    }
    for (Expr& child : numbered.children) child = number(child);
    return numbered;
  }

  std::vector<GuardSource> sources;
  std::vector<std::string> source_texts;

 private:
  const std::unordered_map<std::string, GuardSource>& known_;
};

}  // namespace

Guard make_guard(const Expr& condition,
                 const std::unordered_map<std::string, GuardSource>& sources) {
  SourceNumbers numbers(sources);
  Expr numbered = numbers.number(condition);
  auto printed = guard_text(numbered, numbers.source_texts);
  return {std::move(printed), std::move(numbered), std::move(numbers.sources)};
}

Guard parse_guard(std::string_view text, const std::vector<std::string>& leaf_names) {
  std::string shown(text.substr(0, 200));
  if (text.size() > kMaxLength) throw UnsupportedError("the guard '" + shown + "...' is too long");
  Parser parser(text, leaf_names);
  try {
    Expr condition = parser.parse();
    auto printed = guard_text(condition, parser.source_texts);
    return {std::move(printed), std::move(condition), std::move(parser.sources)};
  } catch (const GuardSyntaxError& error) {
    throw UnsupportedError(c10::str("this version cannot check the program's guard '", shown,
                                    "': at character ", error.position, " it expects ",
                                    error.expected));
  }
}

}  // namespace roundtrip
