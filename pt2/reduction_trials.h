#pragma once

#include <roundtrip/exported_program.h>
#include <roundtrip/transform.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "export/api/subgraph_part.h"
#include "pt2/arguments.h"
#include "pt2/isolated.h"

namespace roundtrip::pt2 {

/// Places in a graph.
using Nodes = std::vector<std::size_t>;

using Chain = std::vector<const Transform*>;

/// A failure; failures of one kind count as the same. An empty kind is no failure.
struct Failure {
  std::string kind;
  std::string text;
};

/// A text that a child process passes to this one, cut to the room that there is.
class SharedText {
 public:
  SharedText();
  ~SharedText();
  SharedText(const SharedText&) = delete;
  SharedText& operator=(const SharedText&) = delete;

  void set(const std::string& text);
  std::string get() const { return text_; }

 private:
  char* text_;
};

/// Tries parts of programs under a chain of transformations, each in a process of its own. How a
/// part fails is told with the part left in the file `saved`.
class Trials {
 public:
  using Path = std::filesystem::path;

  /// Borrows both.
  Trials(const Arguments& arguments, const Chain& chain)
      : arguments_(arguments), chain_(chain), limits_(arguments.limits) {}

  /// How the whole program in `file` fails.
  Failure of_whole(const Path& file);

  /// How these of its nodes fail as a program.
  Failure of_part(const Path& file, const Nodes& nodes, const Path& saved);

  /// How one of its subgraphs fails as a program.
  Failure of_subgraph(const Path& file, std::size_t place, const Path& saved);

  /// How it fails without some nodes of its subgraphs.
  Failure without_inner(const Path& file, std::size_t begin, std::size_t count, StandIn stand_in,
                        const Path& saved);

  /// The sizes above 1 of the example inputs of the program in `file`, the largest first.
  std::vector<std::int64_t> sizes_of(const Path& file);

  /// How it fails when a size of its inputs is replaced by a smaller one.
  Failure of_smaller(const Path& file, std::int64_t size, std::int64_t smaller, const Path& saved);

  std::size_t count() const { return count_; }

 private:
  ExportedProgram load_file(const Path& file) const;
  int try_saved(const std::optional<ExportedProgram>& program, const Path& saved);
  Failure run(const std::function<int()>& work);

  const Arguments& arguments_;
  const Chain& chain_;
  Limits limits_;
  double seconds_of_whole_ = 0;
  SharedText thrown_;
  std::size_t count_ = 0;
};

}  // namespace roundtrip::pt2
