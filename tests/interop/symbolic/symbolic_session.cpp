// Runs symbolic expressions for the interop tests: a command a line on stdin, a line of
// answer each. Expressions are given as srepr text, which is not simplified before.
#include <roundtrip/error.h>

#include <algorithm>
#include <functional>
#include <iostream>
#include <map>
#include <sstream>

#include "export/symbolic/env/shape_env.h"
#include "export/symbolic/expr/algebra.h"

using namespace roundtrip;

namespace {

using Kind = SizeConstraint::Kind;

std::string escaped(const std::string& text) {
  std::string result;
  for (char c : text) {
    if (c == '\n') {
      result += "\\n";
    } else {
      result += c;
    }
  }
  return result;
}

std::string text_of(const std::optional<std::int64_t>& bound) {
  return bound ? std::to_string(*bound) : "None";
}

std::string text_of(const Number& number) {
  return to_string(Expr{std::holds_alternative<bool>(number)     ? ExprKind::boolean
                        : std::holds_alternative<double>(number) ? ExprKind::floating
                                                                 : ExprKind::integer,
                        number,
                        {},
                        {}});
}

std::optional<std::int64_t> take_bound(std::istream& words) {
  std::string word;
  words >> word;
  if (word.empty() || word == "None") return {};
  return std::stoll(word);
}

Expr take_expr(std::istream& words) {
  std::string text;
  std::getline(words >> std::ws, text);
  return canonical(parse_srepr(text));
}

/// `input SOURCE HINT KIND MIN MAX [NAME [ROOT FACTOR OFFSET ROOT_MIN ROOT_MAX]]`
SizeConstraint take_constraint(std::istream& words) {
  static const std::map<std::string, Kind> kKinds{{"fixed", Kind::fixed},
                                                  {"auto", Kind::automatic},
                                                  {"dynamic", Kind::dynamic},
                                                  {"named", Kind::named},
                                                  {"derived", Kind::derived}};
  SizeConstraint asked;
  std::string kind;
  words >> kind;
  asked.kind = kKinds.at(kind);
  asked.min = take_bound(words);
  asked.max = take_bound(words);
  words >> asked.name;
  std::replace(asked.name.begin(), asked.name.end(), '~', ' ');  // `dx~+~1`
  if (asked.kind == Kind::derived) {
    words >> asked.root >> asked.factor >> asked.offset;
    asked.root_min = take_bound(words);
    asked.root_max = take_bound(words);
  }
  return asked;
}

class Session {
 public:
  std::string answer(const std::string& line) {
    std::istringstream words(line);
    std::string command;
    words >> command;
    return commands().at(command)(*this, words);
  }

 private:
  using Command = std::function<std::string(Session&, std::istream&)>;

  static const std::map<std::string, Command>& commands();

  std::string add_input(std::istream& words) {
    std::string source;
    std::int64_t hint = 0;
    words >> source >> hint;
    return to_string(env_->add_input(source, hint, take_constraint(words)));
  }

  std::string ranges() {
    std::string text;
    for (const auto& [expr, min, max] : env_->range_constraints()) {
      text += expr + ": [" + text_of(min) + ", " + text_of(max) + "]; ";
    }
    return text;
  }

  std::string asserts() {
    std::string text;
    for (const auto& assert : env_->deferred_asserts()) text += to_string(assert.condition) + "; ";
    return text;
  }

  std::string guards_code() {
    std::string text;
    for (const auto& guard : env_->guards_code()) text += guard + "; ";
    return text;
  }

  std::unique_ptr<ShapeEnv> env_ = std::make_unique<ShapeEnv>();
};

std::string evaluated(std::istream& words) {
  Bindings bindings;
  std::string word;
  while (words >> word && word != "in") {
    auto equals = word.find('=');
    bindings[word.substr(0, equals)] =
        static_cast<std::int64_t>(std::stoll(word.substr(equals + 1)));
  }
  return text_of(evaluate(take_expr(words), bindings));
}

const std::map<std::string, Session::Command>& Session::commands() {
  static const std::map<std::string, Command> kCommands{
      {"print",
       [](Session&, std::istream& words) {
         auto expr = take_expr(words);
         return to_string(expr) + "\t" + to_srepr(expr);
       }},
      {"evaluate", [](Session&, std::istream& words) { return evaluated(words); }},
      {"expand", [](Session&, std::istream& words) { return to_string(expand(take_expr(words))); }},
      {"env",
       [](Session& session, std::istream&) -> std::string {
         session.env_ = std::make_unique<ShapeEnv>();
         return "new";
       }},
      {"input", [](Session& session, std::istream& words) { return session.add_input(words); }},
      {"unbacked",
       [](Session& session, std::istream& words) {
         std::int64_t value = 0;
         words >> value;
         return to_string(session.env_->new_unbacked_int(value));
       }},
      {"size",
       [](Session& session, std::istream& words) -> std::string {
         session.env_->mark_size(take_expr(words));
         return "size";
       }},
      {"guard",
       [](Session& session, std::istream& words) -> std::string {
         return session.env_->guard(take_expr(words)) ? "True" : "False";
       }},
      {"specialize",
       [](Session& session, std::istream& words) {
         return text_of(session.env_->specialize(take_expr(words)));
       }},
      {"require",
       [](Session& session, std::istream& words) -> std::string {
         session.env_->require(take_expr(words));
         return "required";
       }},
      {"known",
       [](Session& session, std::istream& words) -> std::string {
         auto known = session.env_->statically_known(take_expr(words));
         return !known ? "None" : *known ? "True" : "False";
       }},
      {"simplify",
       [](Session& session, std::istream& words) {
         return to_string(session.env_->simplify(take_expr(words)));
       }},
      {"range",
       [](Session& session, std::istream& words) {
         auto [low, high] = session.env_->range_of(take_expr(words));
         return "[" + text_of(low) + ", " + text_of(high) + "]";
       }},
      {"ranges", [](Session& session, std::istream&) { return session.ranges(); }},
      {"asserts", [](Session& session, std::istream&) { return session.asserts(); }},
      {"guards", [](Session& session, std::istream&) { return session.guards_code(); }},
      {"check",
       [](Session& session, std::istream&) -> std::string {
         session.env_->check_constraints();
         return "fine";
       }},
  };
  return kCommands;
}

}  // namespace

int main() {
  Session session;
  for (std::string line; std::getline(std::cin, line);) {
    try {
      std::cout << escaped(session.answer(line)) << std::endl;
    } catch (const Error& error) {
      std::cout << "error: " << escaped(error.what()) << std::endl;
    }
  }
}
