#include "support/function_name.h"

#include <cxxabi.h>

#include <cctype>
#include <cstdlib>
#include <memory>

namespace roundtrip {
namespace {

constexpr std::string_view kAnonymous = "(anonymous namespace)";
constexpr std::string_view kOperator = "operator";
constexpr std::string_view kDecltype = "decltype (";

bool is_word(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

/// The length of what opens with a bracket, to its closing one.
std::size_t bracketed(std::string_view text) {
  int depth = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '(' || c == '<' || c == '[' || c == '{') ++depth;
    const bool arrow = c == '>' && i > 0 && text[i - 1] == '-';
    if ((c == ')' || c == '>' || c == ']' || c == '}') && !arrow) --depth;
    if (depth == 0) return i + 1;
  }
  return text.size();
}

/// The length of `operator<<` and the like, whose signs are no brackets.
std::size_t operator_length(std::string_view text) {
  std::size_t end = kOperator.size();
  if (text.substr(end).starts_with("()")) return end + 2;
  if (end < text.size() && text[end] == ' ') return text.find('(');  // a conversion, or `new`
  while (end < text.size() && text[end] != '(' && text[end] != ' ' && !is_word(text[end])) ++end;
  return end;
}

/// `{lambda#1}` of `{lambda(at::Tensor const&)#1}`.
std::string brief_closure(std::string_view closure) {
  const auto parameters = closure.find('(');
  if (parameters == closure.npos) return std::string(closure);
  const std::size_t length = bracketed(closure.substr(parameters));
  return std::string(closure.substr(0, parameters)) +
         std::string(closure.substr(parameters + length));
}

}  // namespace

std::string demangled(const char* symbol) {
  int status = 0;
  const std::unique_ptr<char, decltype(&std::free)> name(
      abi::__cxa_demangle(symbol, nullptr, nullptr, &status), &std::free);
  return status == 0 ? name.get() : symbol;
}

std::string brief_function_name(std::string_view text) {
  std::string name;
  while (!text.empty()) {
    std::size_t length = 1;
    const bool word_begins = name.empty() || !is_word(name.back());
    if (text.starts_with(kAnonymous)) {
      length = kAnonymous.size();
      name += kAnonymous;
    } else if (word_begins && text.starts_with(kOperator) &&
               (text.size() == kOperator.size() || !is_word(text[kOperator.size()]))) {
      length = std::min(operator_length(text), text.size());
      name += text.substr(0, length);
    } else if (word_begins && text.starts_with(kDecltype)) {
      const std::size_t open = kDecltype.size() - 1;
      length = open + bracketed(text.substr(open));
    } else if (text[0] == '(') {
      length = bracketed(text);
      // What follows the parameters (`const`, `[clone .cold]`), unless it is a local name.
      if (!text.substr(length).starts_with("::")) break;
    } else if (text[0] == '<' || text[0] == '[') {
      length = bracketed(text);
    } else if (text[0] == '{') {
      length = bracketed(text);
      name += brief_closure(text.substr(0, length));
    } else if (text[0] == ' ') {
      // What came before was the type of the result, or `operator<<`.
      if (!text.starts_with(" <")) name.clear();
    } else {
      name += text[0];
    }
    text.remove_prefix(length);
  }
  return name;
}

}  // namespace roundtrip
