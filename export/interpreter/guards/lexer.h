#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "export/symbolic/expr/expr.h"

namespace roundtrip {

/// Where a guard's text leaves the grammar, and what the grammar has there.
struct GuardSyntaxError {
  std::size_t position;
  std::string expected;
};

/// Takes a guard's text apart from left to right. Functions that expect something
/// throw `GuardSyntaxError` if the text goes on differently.
class GuardLexer {
 public:
  explicit GuardLexer(std::string_view text) : text_(text) {}

  /// Takes the token if it comes next; a word only as a whole.
  bool accept(std::string_view token);
  void expect(std::string_view token);
  bool at_end();
  bool at_digit();

  Number number();
  std::size_t index();  ///< `[2]`
  /// A name with dots, `math.trunc`; empty if none comes next.
  std::string dotted_name();
  /// An input's path after `L`: `['x']['k'][0].field` as `x['k'][0].field`.
  std::string input_path();

  std::size_t position() const { return position_; }
  /// The text from there to here.
  std::string_view since(std::size_t position) const {
    return text_.substr(position, position_ - position);
  }
  [[noreturn]] void fail(const std::string& expected) const;
  [[noreturn]] static void fail_at(std::size_t position, const std::string& expected);

 private:
  char peek(std::size_t ahead = 0) const;
  void skip_spaces();
  void skip_word();
  void skip_past(std::string_view token);
  bool is_field() const;

  std::string_view text_;
  std::size_t position_ = 0;
};

}  // namespace roundtrip
