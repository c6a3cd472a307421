#pragma once

#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace roundtrip {

/// What filters ask of the machine.
struct Machine {
  std::string libtorch;  ///< version: `2.13.0`
  std::string platform;  ///< `linux-x86_64`
};

/// The one that this process runs on.
const Machine& this_machine();

/// What filters ask of a test.
struct FilterSubject {
  /// The derived name `Class.test`, and the original name `Suite.test`.
  std::vector<std::string> names;
  /// The derived class and the suite.
  std::vector<std::string> suites;
  std::string transform;
  std::string run;
  std::vector<std::string> tags;
  std::vector<std::string> xfail;
  /// How it ended the last time, as reports spell it; empty when that is not known.
  std::string last_outcome;
  /// Borrowed; null for any machine.
  const Machine* machine = &this_machine();
};

/// A filter is malformed. `what()` says what is wrong at which column, counted
/// from 1, and shows the filter with a caret under it.
class FilterError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// An expression that a test meets or does not. `all()`, or
///
///     test(GLOB) derived(GLOB) suite(GLOB) transform(GLOB) run(GLOB) tag(GLOB)
///     xfail(GLOB) outcome(NAME)  all()  none()  GLOB
///     platform(GLOB) libtorch(VERSION)
///
/// put together with `not` (`!`), `and` (`&`), `or` (`|`) and parentheses, which bind in
/// that order. A GLOB alone is `test(GLOB)`. In a glob `*` stands for any text, `?` for one
/// character, `[ab]` for one of them, and `\` takes the next character as it is; one with
/// spaces or operators in it stands in single or double quotes. A VERSION is one of `== != < <=
/// > >=` and a number such as 2.13, of which as many parts are compared as it has; without an
/// operator it is `==`. Cheap to copy.
class Filter {
 public:
  /// Throws FilterError.
  explicit Filter(std::string_view text);

  bool matches(const FilterSubject& test) const;

  /// The same on some machine, whatever the others of its predicates say.
  bool may_match(FilterSubject test) const;

  /// What it asks this predicate for: `serdes` of xfail(serdes).
  std::vector<std::string> arguments_of(std::string_view predicate) const;

  const std::string& text() const { return text_; }

  struct Expression;

 private:
  std::string text_;
  std::shared_ptr<const Expression> root_;
};

/// A glob, quoted where a filter asks for it, that matches this text and no other.
std::string exact_glob(const std::string& text);

}  // namespace roundtrip
