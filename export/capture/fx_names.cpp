#include "export/capture/fx_names.h"

#include <algorithm>
#include <cctype>
#include <optional>

namespace roundtrip {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// Python's keywords and builtins, and the names fx adds to every module's
/// globals, as far as they can be an operator's name.
bool is_reserved(const std::string& name) {
  static const std::unordered_set<std::string> kReserved = {
      "abs",     "all",        "and",        "any",          "as",         "ascii",     "assert",
      "async",   "await",      "bin",        "bool",         "break",      "bytes",     "callable",
      "chr",     "class",      "compile",    "complex",      "continue",   "copyright", "credits",
      "def",     "del",        "delattr",    "device",       "dict",       "dir",       "divmod",
      "elif",    "else",       "enumerate",  "eval",         "except",     "exec",      "exit",
      "filter",  "finally",    "float",      "for",          "format",     "from",      "frozenset",
      "getattr", "global",     "globals",    "hasattr",      "hash",       "help",      "hex",
      "id",      "if",         "import",     "in",           "inf",        "input",     "int",
      "is",      "isinstance", "issubclass", "iter",         "lambda",     "len",       "license",
      "list",    "locals",     "map",        "max",          "memoryview", "min",       "nan",
      "next",    "nonlocal",   "not",        "object",       "oct",        "open",      "or",
      "ord",     "pass",       "pow",        "print",        "property",   "pytree",    "quit",
      "raise",   "range",      "repr",       "return",       "reversed",   "round",     "set",
      "setattr", "slice",      "sorted",     "staticmethod", "str",        "sum",       "super",
      "torch",   "try",        "tuple",      "type",         "vars",       "while",     "with",
      "yield",   "zip"};
  return kReserved.count(name) > 0;
}

struct Suffixed {
  std::string base;
  std::optional<int> suffix;
};

/// Splits `add_12` at its last underscore; a suffix too long for an int is none.
Suffixed split_suffix(const std::string& name) {
  const auto digits = std::find_if_not(name.rbegin(), name.rend(), is_digit).base();
  const auto length = name.end() - digits;
  if (length == 0 || length > 9 || digits == name.begin() || *(digits - 1) != '_') {
    return {name, std::nullopt};
  }
  return {std::string(name.begin(), digits - 1), std::stoi(std::string(digits, name.end()))};
}

}  // namespace

std::string FxNamer::create(std::string_view wanted) {
  std::string candidate(wanted);
  const auto [base, suffix] = split_suffix(candidate);
  int number = suffix.value_or(0);
  if (!suffix || used_.count(candidate) > 0) {
    number = last_suffix_[base];
    if (is_reserved(candidate)) candidate = base + "_" + std::to_string(++number);
  }
  while (used_.count(candidate) > 0) candidate = base + "_" + std::to_string(++number);
  used_.insert(candidate);
  last_suffix_[base] = number;
  return candidate;
}

std::string fx_candidate(std::string_view name) {
  if (name.size() > 4 && name.starts_with("__") && name.ends_with("__")) {
    name = name.substr(2, name.size() - 4);
  }
  std::string result;
  for (char c : name) {
    const bool upper = std::isupper(static_cast<unsigned char>(c)) != 0;
    if (upper && !result.empty() && std::islower(static_cast<unsigned char>(result.back())) != 0) {
      result += '_';
    }
    result += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  return result;
}

std::string PlaceholderNamer::input(std::string name) {
  std::string key = name;
  return claim(std::move(name), key);
}

std::string PlaceholderNamer::node(std::string name) {
  std::string key = split_suffix(name).base;
  return claim(std::move(name), key);
}

std::string PlaceholderNamer::claim(std::string name, const std::string& key) {
  if (used_.count(name) > 0) {
    name = key + "_" + std::to_string(largest_suffix_[key] + 1);
  }
  if (const auto [base, suffix] = split_suffix(name); suffix) {
    largest_suffix_[base] = std::max(largest_suffix_[base], *suffix);
  }
  used_.insert(name);
  return name;
}

}  // namespace roundtrip
