#include "runner/filter/expression.h"

#include <fnmatch.h>

#include <algorithm>
#include <array>

namespace roundtrip {

namespace {

using Expression = Filter::Expression;

bool glob_matches(const std::string& glob, const std::string& text) {
  return ::fnmatch(glob.c_str(), text.c_str(), 0) == 0;
}

bool any_matches(const std::string& glob, const std::vector<std::string>& texts) {
  return std::any_of(texts.begin(), texts.end(),
                     [&](const auto& text) { return glob_matches(glob, text); });
}

/// How one predicate asks a test about its argument.
struct Question {
  const char* name;
  bool (*matches)(const std::string& argument, const FilterSubject& test);
};

constexpr std::array kQuestions = {
    Question{"test",
             [](const auto& glob, const auto& test) { return any_matches(glob, test.names); }},
    Question{"derived", [](const auto& glob,
                           const auto& test) { return glob_matches(glob, test.names.front()); }},
    Question{"suite",
             [](const auto& glob, const auto& test) { return any_matches(glob, test.suites); }},
    Question{"transform",
             [](const auto& glob, const auto& test) { return glob_matches(glob, test.transform); }},
    Question{"run",
             [](const auto& glob, const auto& test) { return glob_matches(glob, test.run); }},
    Question{"tag",
             [](const auto& glob, const auto& test) { return any_matches(glob, test.tags); }},
    Question{"xfail",
             [](const auto& glob, const auto& test) { return any_matches(glob, test.xfail); }},
    Question{"outcome",
             [](const auto& glob, const auto& test) {
               return !test.last_outcome.empty() && glob_matches(glob, test.last_outcome);
             }},
    Question{"all", [](const auto&, const auto&) { return true; }},
    Question{"none", [](const auto&, const auto&) { return false; }},
};

struct Predicate final : Expression {
  Predicate(const Question& question, std::string argument)
      : question(question), argument(std::move(argument)) {}
  bool matches(const FilterSubject& test) const override {
    return question.matches(argument, test);
  }
  void add_outcomes(std::vector<std::string>& outcomes) const override {
    if (std::string_view(question.name) == "outcome") outcomes.push_back(argument);
  }

  const Question& question;
  std::string argument;
};

struct Not final : Expression {
  explicit Not(ExpressionPtr operand) : operand(std::move(operand)) {}
  bool matches(const FilterSubject& test) const override { return !operand->matches(test); }
  void add_outcomes(std::vector<std::string>& outcomes) const override {
    operand->add_outcomes(outcomes);
  }

  ExpressionPtr operand;
};

/// Both when `is_and`, else at least one of them.
struct Binary final : Expression {
  Binary(bool is_and, ExpressionPtr left, ExpressionPtr right)
      : is_and(is_and), left(std::move(left)), right(std::move(right)) {}
  bool matches(const FilterSubject& test) const override {
    return left->matches(test) == is_and ? right->matches(test) : !is_and;
  }
  void add_outcomes(std::vector<std::string>& outcomes) const override {
    left->add_outcomes(outcomes);
    right->add_outcomes(outcomes);
  }

  bool is_and;
  ExpressionPtr left;
  ExpressionPtr right;
};

}  // namespace

std::vector<std::string> predicate_names() {
  std::vector<std::string> names;
  for (const auto& question : kQuestions) names.push_back(question.name);
  return names;
}

ExpressionPtr make_predicate(const std::string& name, std::string argument) {
  const auto found = std::find_if(kQuestions.begin(), kQuestions.end(),
                                  [&](const auto& question) { return question.name == name; });
  if (found == kQuestions.end()) return nullptr;
  return std::make_unique<Predicate>(*found, std::move(argument));
}

ExpressionPtr make_not(ExpressionPtr operand) {
  return std::make_unique<Not>(std::move(operand));
}

ExpressionPtr make_and(ExpressionPtr left, ExpressionPtr right) {
  return std::make_unique<Binary>(true, std::move(left), std::move(right));
}

ExpressionPtr make_or(ExpressionPtr left, ExpressionPtr right) {
  return std::make_unique<Binary>(false, std::move(left), std::move(right));
}

}  // namespace roundtrip
