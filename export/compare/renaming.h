#pragma once

#include <functional>

#include <string>
#include <unordered_map>

namespace roundtrip::compare {

/// Which name of the second program stands for which of the first: each for one at most.
class Renaming {
 public:
  /// Takes them for one, unless either stands for another already; whether they are one now.
  bool pair(const std::string& before, const std::string& after);
  /// Null where no name stands for it.
  const std::string* find(const std::string& before) const;

 private:
  std::unordered_map<std::string, std::string> after_of_;
  std::unordered_map<std::string, std::string> before_of_;
};

/// The expression's text with each symbol replaced by what `replace` gives for its name.
std::string with_symbols(const std::string& srepr,
                         const std::function<std::string(const std::string&)>& replace);

/// Whether the expressions are the same but for what symbols are called; pairs their symbols.
bool same_expression(const std::string& before, const std::string& after, Renaming& symbols);

}  // namespace roundtrip::compare
