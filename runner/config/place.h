#pragma once

#include <string>
#include <unordered_set>
#include <vector>

namespace roundtrip {

/// Where something stands in a configuration file; lines and columns count from 1. What the
/// command line gave has its option in place of a file, and no line.
struct Place {
  std::string file;
  int line = 0;
  int column = 0;

  /// "file:line:column", the start of every ConfigError.
  std::string text() const;
};

/// A name as the user wrote it, and where.
struct Name {
  std::string text;
  Place place;
};

/// What is wrong with a configuration, collected so that everything is said at once.
class Problems {
 public:
  /// The same problem is kept once: the cells of a matrix share their mistakes.
  void add(const Place& place, const std::string& message);
  /// For a problem that has no place in the configuration.
  void add(const std::string& message);
  bool empty() const { return problems_.empty(); }

  /// Throws ConfigError with a line for each problem, by file and place, those without a place
  /// last; does nothing when there are none.
  void raise() const;

 private:
  struct Problem {
    Place place;
    std::string text;
  };

  void add(Problem problem);

  std::vector<Problem> problems_;
  std::unordered_set<std::string> texts_;
};

}  // namespace roundtrip
