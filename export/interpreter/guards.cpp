#include "export/interpreter/guards.h"

#include <c10/util/StringUtil.h>
#include <roundtrip/error.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <optional>
#include <unordered_map>
#include <utility>

#include "export/interpreter/guard_text.h"

namespace roundtrip {

namespace {

constexpr std::size_t kMaxLength = 1 << 16;
constexpr int kMaxDepth = 100;
constexpr int kMaxOperators = 2000;  // chains of them nest, too

/// Thrown inside this file; `parse_guard` makes an UnsupportedError of it.
struct SyntaxError {
  std::size_t position;
  std::string expected;
};

/// Functions that upstream prints in guards, with how many arguments they take.
struct Function {
  ExprKind kind;
  std::size_t min_args;
  std::size_t max_args;
};

const Function* find_guard_function(const std::string& name) {
  static const std::unordered_map<std::string, Function> kFunctions = {
      {"max", {ExprKind::max, 2, 64}},
      {"min", {ExprKind::min, 2, 64}},
      {"Max", {ExprKind::max, 2, 64}},
      {"Min", {ExprKind::min, 2, 64}},
      {"Eq", {ExprKind::equal, 2, 2}},
      {"Ne", {ExprKind::not_equal, 2, 2}},
      {"FloorDiv", {ExprKind::floor_div, 2, 2}},
      {"CeilDiv", {ExprKind::ceil_div, 2, 2}},
      {"Mod", {ExprKind::python_mod, 2, 2}},
      {"PythonMod", {ExprKind::python_mod, 2, 2}},
      {"ModularIndexing", {ExprKind::modular_indexing, 3, 3}},
      {"float", {ExprKind::to_float, 1, 1}},
      {"math.trunc", {ExprKind::trunc_to_int, 1, 1}},
      {"math.floor", {ExprKind::floor_to_int, 1, 1}},
      {"math.ceil", {ExprKind::ceil_to_int, 1, 1}},
  };
  auto found = kFunctions.find(name);
  return found == kFunctions.end() ? nullptr : &found->second;
}

/// A recursive-descent parser of Python's expression grammar, as far as guards go:
/// one function for each level of precedence.
class Parser {
 public:
  Parser(std::string_view text, const std::vector<std::string>& leaf_names)
      : text_(text), leaf_names_(leaf_names) {}

  Expr parse() {
    Expr condition = disjunction();
    skip_spaces();
    if (position_ != text_.size()) fail("an operator or the end");
    return condition;
  }

  std::vector<GuardSource> sources;
  std::vector<std::string> source_texts;

 private:
  using Operators = std::vector<std::pair<std::string_view, ExprKind>>;

  [[noreturn]] void fail(std::string expected) const {
    throw SyntaxError{position_, std::move(expected)};
  }

  void skip_spaces() {
    while (position_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[position_]))) {
      ++position_;
    }
  }

  static bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_'; }

  Expr make(ExprKind kind, std::vector<Expr> children) {
    if (++num_operators_ > kMaxOperators) fail("fewer operators");
    Expr expr;
    expr.kind = kind;
    expr.children = std::move(children);
    return expr;
  }

  bool accept(std::string_view token) {
    skip_spaces();
    if (text_.substr(position_, token.size()) != token) return false;
    auto end = position_ + token.size();
    if (is_word(token.back()) && end < text_.size() && is_word(text_[end])) return false;
    position_ = end;
    return true;
  }

  void expect(std::string_view token) {
    if (!accept(token)) fail("'" + std::string(token) + "'");
  }

  std::optional<ExprKind> accept_any(const Operators& operators) {
    for (const auto& [token, kind] : operators) {
      if (accept(token)) return kind;
    }
    return std::nullopt;
  }

  Expr disjunction() {
    if (++depth_ > kMaxDepth) fail("less nesting");
    Expr left = conjunction();
    while (accept("or")) left = make(ExprKind::logical_or, {std::move(left), conjunction()});
    --depth_;
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
    if (expr.kind == ExprKind::integer && literal) {
      *literal = -*literal;  // literals are never negative before this
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
    skip_spaces();
    if (position_ == text_.size()) fail("a value");
    if (std::isdigit(static_cast<unsigned char>(text_[position_]))) return literal();
    if (accept("(")) {
      Expr inner = disjunction();
      expect(")");
      return inner;
    }
    if (accept("True")) return boolean(true);
    if (accept("False")) return boolean(false);
    if (accept("L")) return source();
    return call();
  }

  static Expr boolean(bool value) {
    Expr expr;
    expr.kind = ExprKind::boolean;
    expr.value = value;
    return expr;
  }

  template <typename T>
  bool read_literal(Expr& expr) {
    T value{};
    auto rest = text_.substr(position_);
    auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), value);
    if (error != std::errc()) fail("a number that fits");
    bool whole = end == rest.data() + rest.size() || (*end != '.' && *end != 'e' && *end != 'E');
    if (whole) position_ += static_cast<std::size_t>(end - rest.data());
    expr.value = value;
    return whole;
  }

  Expr literal() {
    Expr expr;
    if (read_literal<std::int64_t>(expr)) return expr;
    expr.kind = ExprKind::floating;
    if (!read_literal<double>(expr)) fail("a number");
    return expr;
  }

  Expr call() {
    auto begin = position_;
    while (position_ < text_.size() && (is_word(text_[position_]) || text_[position_] == '.')) {
      ++position_;
    }
    auto* function = find_guard_function(std::string(text_.substr(begin, position_ - begin)));
    if (!function) {
      position_ = begin;
      fail("a number, a size of an input, or a function that guards may call");
    }
    expect("(");
    std::vector<Expr> args;
    do {
      args.push_back(disjunction());
    } while (accept(","));
    expect(")");
    if (args.size() < function->min_args || args.size() > function->max_args) {
      fail("another number of arguments");
    }
    return make(function->kind, std::move(args));
  }

  /// After `L`: `['x']['k'][0].size()[1]`.
  Expr source() {
    std::string name = leaf_path();
    GuardSource source;
    source.leaf = find_leaf(name);
    auto text_begin = position_;
    if (accept(".size()")) {
      source.kind = GuardSource::Kind::size;
    } else if (accept(".stride()")) {
      source.kind = GuardSource::Kind::stride;
    } else if (accept(".storage_offset()")) {
      source.kind = GuardSource::Kind::storage_offset;
    }
    if (source.kind == GuardSource::Kind::size || source.kind == GuardSource::Kind::stride) {
      source.dimension = index();
    }
    auto suffix = text_.substr(text_begin, position_ - text_begin);
    return remember(source, leaf_names_[source.leaf] + std::string(suffix));
  }

  Expr remember(const GuardSource& source, std::string text) {
    Expr expr;
    expr.kind = ExprKind::symbol;
    expr.name = std::to_string(sources.size());
    sources.push_back(source);
    source_texts.push_back(std::move(text));
    return expr;
  }

  std::size_t index() {
    expect("[");
    skip_spaces();
    Expr number = literal();
    expect("]");
    auto* value = std::get_if<std::int64_t>(&number.value);
    if (!value) fail("an integer index");
    return static_cast<std::size_t>(*value);
  }

  /// The root in quotes, then keys, indices and fields: `x['k'][0].field`.
  std::string leaf_path() {
    expect("['");
    auto end = text_.find("']", position_);
    if (end == std::string_view::npos) fail("the end of an input's name");
    std::string path(text_.substr(position_, end - position_));
    position_ = end + 2;
    while (position_ < text_.size() && (text_[position_] == '[' || is_field())) {
      auto begin = position_++;
      if (text_[begin] == '[') {
        position_ = text_.find(']', position_);
        if (position_ == std::string_view::npos) {
          position_ = begin;
          fail("']'");
        }
        ++position_;
      } else {
        while (position_ < text_.size() && is_word(text_[position_])) ++position_;
      }
      path += text_.substr(begin, position_ - begin);
    }
    return path;
  }

  /// A `.name` that is no method call.
  bool is_field() const {
    if (text_[position_] != '.') return false;
    auto end = position_ + 1;
    while (end < text_.size() && is_word(text_[end])) ++end;
    return end == text_.size() || text_[end] != '(';
  }

  /// Also as `flat_args[2]`, and as `args[0]` where the leaf's name is `args_0`.
  std::size_t find_leaf(const std::string& path) const {
    auto found = std::find(leaf_names_.begin(), leaf_names_.end(), path);
    if (found == leaf_names_.end()) {
      found = std::find_if(leaf_names_.begin(), leaf_names_.end(), [&](const auto& leaf) {
        auto flat = "flat_args[" + std::to_string(&leaf - leaf_names_.data()) + "]";
        return path == flat || path == variadic_spelling(leaf);
      });
    }
    if (found == leaf_names_.end()) fail("the name of an input instead of '" + path + "'");
    return static_cast<std::size_t>(found - leaf_names_.begin());
  }

  /// `args_0['k']` as `args[0]['k']`.
  static std::string variadic_spelling(const std::string& leaf) {
    auto root_end = leaf.find_first_of("[.");
    auto root = leaf.substr(0, root_end);
    auto underscore = root.rfind('_');
    if (underscore == std::string::npos) return leaf;
    auto rest = root_end == std::string::npos ? "" : leaf.substr(root_end);
    return root.substr(0, underscore) + "[" + root.substr(underscore + 1) + "]" + rest;
  }

  std::string_view text_;
  const std::vector<std::string>& leaf_names_;
  std::size_t position_ = 0;
  int depth_ = 0;
  int num_operators_ = 0;
};

}  // namespace

Guard parse_guard(std::string_view text, const std::vector<std::string>& leaf_names) {
  std::string shown(text.substr(0, 200));
  if (text.size() > kMaxLength) throw UnsupportedError("the guard '" + shown + "...' is too long");
  Parser parser(text, leaf_names);
  try {
    Expr condition = parser.parse();
    auto printed = guard_text(condition, parser.source_texts);
    return {std::move(printed), std::move(condition), std::move(parser.sources)};
  } catch (const SyntaxError& error) {
    throw UnsupportedError(c10::str("this version cannot check the program's guard '", shown,
                                    "': at character ", error.position, " it expects ",
                                    error.expected));
  }
}

}  // namespace roundtrip
