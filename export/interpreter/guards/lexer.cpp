#include "export/interpreter/guards/lexer.h"

#include <c10/util/StringUtil.h>

#include <cctype>
#include <charconv>
#include <cstdint>
#include <system_error>

namespace roundtrip {

namespace {

bool is_digit(char c) {
  return std::isdigit(static_cast<unsigned char>(c)) != 0;
}
bool is_word(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) || c == '_';
}

/// How many characters the number takes; 0 if it is none of that type or does not fit.
template <typename T>
std::size_t read_number(std::string_view text, T& value) {
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() ? static_cast<std::size_t>(end - text.data()) : 0;
}

}  // namespace

void GuardLexer::fail(const std::string& expected) const {
  fail_at(position_, expected);
}

void GuardLexer::fail_at(std::size_t position, const std::string& expected) {
  throw GuardSyntaxError{position, expected};
}

char GuardLexer::peek(std::size_t ahead) const {
  return position_ + ahead < text_.size() ? text_[position_ + ahead] : '\0';
}

void GuardLexer::skip_spaces() {
  while (std::isspace(static_cast<unsigned char>(peek()))) ++position_;
}

void GuardLexer::skip_word() {
  while (is_word(peek())) ++position_;
}

void GuardLexer::skip_past(std::string_view token) {
  auto found = text_.find(token, position_);
  if (found == std::string_view::npos) fail(c10::str("'", token, "' after this"));
  position_ = found + token.size();
}

bool GuardLexer::accept(std::string_view token) {
  skip_spaces();
  if (text_.substr(position_, token.size()) != token) return false;
  if (is_word(token.back()) && is_word(peek(token.size()))) return false;
  position_ += token.size();
  return true;
}

void GuardLexer::expect(std::string_view token) {
  if (!accept(token)) fail(c10::str("'", token, "'"));
}

bool GuardLexer::at_end() {
  skip_spaces();
  return position_ == text_.size();
}

bool GuardLexer::at_digit() {
  skip_spaces();
  return is_digit(peek());
}

Number GuardLexer::number() {
  if (!at_digit()) fail("a number");
  auto rest = text_.substr(position_);
  double real = 0;
  std::int64_t whole = 0;
  auto real_length = read_number(rest, real);
  auto whole_length = read_number(rest, whole);
  if (real_length == 0 || (whole_length == 0 && rest.find_first_of(".eE") >= real_length)) {
    fail("a number that fits");
  }
  position_ += real_length;
  if (whole_length == real_length) return whole;
  return real;
}

std::size_t GuardLexer::index() {
  expect("[");
  auto value = number();
  expect("]");
  auto* whole = std::get_if<std::int64_t>(&value);
  if (!whole) fail("an integer index before this");
  return static_cast<std::size_t>(*whole);
}

std::string GuardLexer::dotted_name() {
  skip_spaces();
  auto begin = position_;
  while (is_word(peek()) || peek() == '.') ++position_;
  return std::string(since(begin));
}

/// A `.name` that is no method call.
bool GuardLexer::is_field() const {
  if (peek() != '.') return false;
  std::size_t end = 1;
  while (is_word(peek(end))) ++end;
  return peek(end) != '(';
}

std::string GuardLexer::input_path() {
  expect("['");
  auto begin = position_;
  skip_past("']");
  std::string path(text_.substr(begin, position_ - 2 - begin));
  begin = position_;
  while (peek() == '[' || is_field()) {
    if (peek() == '[') {
      skip_past("]");
    } else {
      ++position_;
      skip_word();
    }
  }
  return path.append(since(begin));
}

}  // namespace roundtrip
