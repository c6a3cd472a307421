#include "runner/filter/expression.h"

#include <fnmatch.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <compare>
#include <stdexcept>
#include <string_view>

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

/// The numbers of a version up to the first thing that is none: 2, 13 of "2.13.0a0+cpu".
std::vector<int> numbers_of(std::string_view version) {
  std::vector<int> numbers;
  while (true) {
    int number = 0;
    const auto [end, error] =
        std::from_chars(version.data(), version.data() + version.size(), number);
    if (error != std::errc()) return numbers;
    numbers.push_back(number);
    version.remove_prefix(static_cast<std::size_t>(end - version.data()));
    if (!version.starts_with('.')) return numbers;
    version.remove_prefix(1);
  }
}

/// `>=2.13`, taken apart.
struct VersionRule {
  std::string_view comparison = "==";
  std::vector<int> wanted;
};

VersionRule parse_rule(std::string_view text) {
  constexpr std::string_view kComparisons[] = {"==", "!=", "<=", ">=", "<", ">"};
  VersionRule rule;
  for (const auto comparison : kComparisons) {
    if (!text.starts_with(comparison)) continue;
    rule.comparison = comparison;
    text.remove_prefix(comparison.size());
    break;
  }
  text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
  const bool is_version = text.find_first_not_of("0123456789.") == text.npos;
  if (is_version && !text.ends_with('.')) rule.wanted = numbers_of(text);
  if (!rule.wanted.empty()) return rule;
  throw std::invalid_argument("libtorch() takes a version, such as libtorch(>=2.13)");
}

bool version_matches(const std::string& argument, const std::string& version) {
  const auto [comparison, wanted] = parse_rule(argument);
  std::vector<int> numbers = numbers_of(version);
  numbers.resize(wanted.size());
  const auto order = numbers <=> wanted;
  if (comparison == "!=") return order != 0;
  const bool may_be_equal = comparison.ends_with('=');
  if (order == 0) return may_be_equal;
  return comparison[0] == '=' ? false : (comparison[0] == '<') == (order < 0);
}

/// How one predicate asks a test about its argument.
struct Question {
  const char* name;
  std::optional<bool> (*answer)(const std::string& argument, const FilterSubject& test);
  /// Throws for an argument that it does not understand; null where it takes any.
  void (*check)(const std::string& argument) = nullptr;
};

constexpr std::array kQuestions = {
    Question{"test", [](const auto& glob,
                        const auto& test) { return std::optional(any_matches(glob, test.names)); }},
    Question{"derived",
             [](const auto& glob, const auto& test) {
               return std::optional(glob_matches(glob, test.names.front()));
             }},
    Question{"suite",
             [](const auto& glob, const auto& test) {
               return std::optional(any_matches(glob, test.suites));
             }},
    Question{"transform",
             [](const auto& glob, const auto& test) {
               return std::optional(glob_matches(glob, test.transform));
             }},
    Question{"run", [](const auto& glob,
                       const auto& test) { return std::optional(glob_matches(glob, test.run)); }},
    Question{"tag", [](const auto& glob,
                       const auto& test) { return std::optional(any_matches(glob, test.tags)); }},
    Question{"xfail",
             [](const auto& glob, const auto& test) {
               return std::optional(any_matches(glob, test.xfail));
             }},
    Question{"outcome",
             [](const auto& glob, const auto& test) {
               return std::optional(!test.last_outcome.empty() &&
                                    glob_matches(glob, test.last_outcome));
             }},
    Question{"platform",
             [](const auto& glob, const auto& test) {
               return test.machine == nullptr
                          ? std::nullopt
                          : std::optional(glob_matches(glob, test.machine->platform));
             }},
    Question{"libtorch",
             [](const auto& rule, const auto& test) {
               return test.machine == nullptr
                          ? std::nullopt
                          : std::optional(version_matches(rule, test.machine->libtorch));
             },
             [](const auto& rule) { parse_rule(rule); }},
    Question{"all", [](const auto&, const auto&) { return std::optional(true); }},
    Question{"none", [](const auto&, const auto&) { return std::optional(false); }},
};

struct Predicate final : Expression {
  Predicate(const Question& question, std::string argument)
      : question(question), argument(std::move(argument)) {}
  std::optional<bool> answer(const FilterSubject& test) const override {
    return question.answer(argument, test);
  }
  void add_arguments(std::string_view predicate,
                     std::vector<std::string>& arguments) const override {
    if (question.name == predicate) arguments.push_back(argument);
  }

  const Question& question;
  std::string argument;
};

struct Not final : Expression {
  explicit Not(ExpressionPtr operand) : operand(std::move(operand)) {}
  std::optional<bool> answer(const FilterSubject& test) const override {
    const auto answer = operand->answer(test);
    return answer ? std::optional(!*answer) : std::nullopt;
  }
  void add_arguments(std::string_view predicate,
                     std::vector<std::string>& arguments) const override {
    operand->add_arguments(predicate, arguments);
  }

  ExpressionPtr operand;
};

/// Both when `is_and`, else at least one of them.
struct Binary final : Expression {
  Binary(bool is_and, ExpressionPtr left, ExpressionPtr right)
      : is_and(is_and), left(std::move(left)), right(std::move(right)) {}
  std::optional<bool> answer(const FilterSubject& test) const override {
    const auto first = left->answer(test);
    if (first == !is_and) return first;
    const auto second = right->answer(test);
    if (second == !is_and) return second;
    return first ? second : first;
  }
  void add_arguments(std::string_view predicate,
                     std::vector<std::string>& arguments) const override {
    left->add_arguments(predicate, arguments);
    right->add_arguments(predicate, arguments);
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
  if (found->check != nullptr) found->check(argument);
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
