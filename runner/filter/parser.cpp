#include <fmt/format.h>

#include <cctype>
#include <optional>
#include <stdexcept>

#include "runner/filter/expression.h"
#include "runner/text/nearest.h"

namespace roundtrip {

namespace {

/// Deeper nesting than a person writes.
constexpr int kMaxDepth = 100;

enum class TokenKind { end, open, close, and_, or_, not_, word, quoted };

struct Token {
  TokenKind kind = TokenKind::end;
  std::size_t begin = 0;
  std::size_t end = 0;
  std::string text;
};

/// What a predicate asks for; quoted, it may be empty.
struct Argument {
  std::string text;
  bool is_quoted = false;
};

bool is_space(char c) {
  return std::isspace(static_cast<unsigned char>(c)) != 0;
}

bool ends_word(char c) {
  return is_space(c) || std::string_view("()&|").find(c) != std::string_view::npos;
}

[[noreturn]] void fail(std::string_view text, std::size_t at, const std::string& message) {
  throw FilterError(
      fmt::format("column {}: {}\n  {}\n  {:>{}}", at + 1, message, text, "^", at + 1));
}

/// Cuts a filter into tokens, one at a time.
class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) { advance(); }

  const Token& peek() const { return token_; }

  Token take() {
    Token token = std::move(token_);
    advance();
    return token;
  }

  /// Whether `(` follows the present token at once: `suite(` is a call.
  bool is_call() const {
    return token_.kind == TokenKind::word && token_.end < text_.size() && text_[token_.end] == '(';
  }

  /// Takes the text of a call's parentheses, whose opening one is the present token: a
  /// quoted text, or all up to the closing one.
  Argument take_argument() {
    const std::size_t open = token_.begin;
    position_ = token_.end;
    skip_space();
    Argument argument;
    if (position_ < text_.size() && (text_[position_] == '\'' || text_[position_] == '"')) {
      argument = {quoted().text, true};
      skip_space();
    } else {
      argument = {bare_argument(), false};
    }
    if (position_ >= text_.size() || text_[position_] != ')') {
      fail(text_, open, "this '(' is not closed by a ')'");
    }
    ++position_;
    advance();
    return argument;
  }

 private:
  void skip_space() {
    while (position_ < text_.size() && is_space(text_[position_])) ++position_;
  }

  /// Globs may have brackets of their own: `test(x[()]y)`; a backslash takes the next one.
  std::string bare_argument() {
    std::string argument;
    while (position_ < text_.size() && text_[position_] != ')') {
      if (text_[position_] == '\\' && position_ + 1 < text_.size()) argument += text_[position_++];
      argument += text_[position_++];
    }
    while (!argument.empty() && is_space(argument.back())) argument.pop_back();
    return argument;
  }

  Token quoted() {
    const std::size_t begin = position_;
    std::size_t end = begin + 1;
    while (end < text_.size() && text_[end] != text_[begin]) end += text_[end] == '\\' ? 2 : 1;
    if (end >= text_.size()) fail(text_, begin, "this quote is not closed");
    position_ = end + 1;
    return {TokenKind::quoted, begin, position_,
            std::string(text_.substr(begin + 1, end - begin - 1))};
  }

  std::optional<Token> symbol() {
    static constexpr std::pair<char, TokenKind> kSymbols[] = {{'(', TokenKind::open},
                                                              {')', TokenKind::close},
                                                              {'&', TokenKind::and_},
                                                              {'|', TokenKind::or_},
                                                              {'!', TokenKind::not_}};
    for (const auto& [symbol, kind] : kSymbols) {
      if (text_[position_] != symbol) continue;
      ++position_;
      return Token{kind, position_ - 1, position_, std::string(1, symbol)};
    }
    return std::nullopt;
  }

  Token word() {
    const std::size_t begin = position_;
    while (position_ < text_.size() && !ends_word(text_[position_])) {
      position_ += text_[position_] == '\\' && position_ + 1 < text_.size() ? 2 : 1;
    }
    const std::string word(text_.substr(begin, position_ - begin));
    const TokenKind kind = word == "and"   ? TokenKind::and_
                           : word == "or"  ? TokenKind::or_
                           : word == "not" ? TokenKind::not_
                                           : TokenKind::word;
    return {kind, begin, position_, word};
  }

  void advance() {
    skip_space();
    if (position_ >= text_.size()) {
      token_ = {TokenKind::end, text_.size(), text_.size(), ""};
    } else if (text_[position_] == '\'' || text_[position_] == '"') {
      token_ = quoted();
    } else if (auto found = symbol()) {
      token_ = std::move(*found);
    } else {
      token_ = word();
    }
  }

  std::string_view text_;
  std::size_t position_ = 0;
  Token token_;
};

/// Recursive descent: or < and < not < primary.
class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text), lexer_(text) {}

  ExpressionPtr parse() {
    ExpressionPtr expression = disjunction(0);
    const Token& rest = lexer_.peek();
    if (rest.kind == TokenKind::close) fail_at(rest, "this ')' has no '(' before it");
    if (rest.kind != TokenKind::end) {
      fail_at(rest, "'and' or 'or' is missing before '" + rest.text + "'");
    }
    return expression;
  }

 private:
  [[noreturn]] void fail_at(const Token& token, const std::string& message) {
    fail(text_, token.begin, message);
  }

  bool take(TokenKind kind) {
    if (lexer_.peek().kind != kind) return false;
    lexer_.take();
    return true;
  }

  ExpressionPtr disjunction(int depth) {
    ExpressionPtr left = conjunction(depth);
    while (take(TokenKind::or_)) left = make_or(std::move(left), conjunction(depth));
    return left;
  }

  ExpressionPtr conjunction(int depth) {
    ExpressionPtr left = negation(depth);
    while (take(TokenKind::and_)) left = make_and(std::move(left), negation(depth));
    return left;
  }

  ExpressionPtr negation(int depth) {
    if (depth > kMaxDepth) fail_at(lexer_.peek(), "the filter is nested too deeply");
    if (take(TokenKind::not_)) return make_not(negation(depth + 1));
    return primary(depth);
  }

  ExpressionPtr primary(int depth) {
    if (lexer_.is_call()) return call();
    const Token token = lexer_.take();
    if (token.kind == TokenKind::word || token.kind == TokenKind::quoted) {
      return make_predicate("test", token.text);
    }
    if (token.kind != TokenKind::open) fail_at(token, missing_operand(token));
    ExpressionPtr inner = disjunction(depth + 1);
    if (!take(TokenKind::close)) fail_at(token, "this '(' is not closed by a ')'");
    return inner;
  }

  static std::string missing_operand(const Token& token) {
    const std::string expected = "a predicate such as test(*conv*), or a glob, is expected";
    return token.kind == TokenKind::end ? expected + " here, where the filter ends"
                                        : expected + " before '" + token.text + "'";
  }

  ExpressionPtr call() {
    const Token name = lexer_.take();
    const Token open = lexer_.peek();
    Argument argument = lexer_.take_argument();
    const bool takes_none = name.text == "all" || name.text == "none";
    const bool is_given = argument.is_quoted || !argument.text.empty();
    if (takes_none && is_given) fail_at(open, name.text + "() takes no argument");
    if (!takes_none && !is_given) {
      fail_at(open, fmt::format("{0}() needs an argument: {0}(GLOB)", name.text));
    }
    try {
      if (auto predicate = make_predicate(name.text, std::move(argument.text))) return predicate;
    } catch (const std::invalid_argument& error) {
      fail_at(open, error.what());
    }
    const std::string nearest = did_you_mean(name.text, predicate_names());
    fail_at(name, fmt::format(
                      "there is no predicate '{}'{}", name.text,
                      nearest.empty() ? "; there are " + quoted_list(predicate_names()) : nearest));
  }

  std::string_view text_;
  Lexer lexer_;
};

}  // namespace

ExpressionPtr parse_filter(std::string_view text) {
  return Parser(text).parse();
}

}  // namespace roundtrip
