#pragma once

#include <string>
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
  /// Of something that has no place in the configuration.
  void add(const std::string& message);
  bool empty() const { return lines_.empty(); }

  /// Throws ConfigError with a line for each problem, in the order they were found; does
  /// nothing when there are none.
  void raise() const;

 private:
  std::vector<std::string> lines_;
};

}  // namespace roundtrip
