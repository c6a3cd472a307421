#pragma once

#include <roundtrip/exported_program.h>

#include <string>
#include <vector>

namespace roundtrip {

struct DifferenceOptions {
  /// Values and nodes that only have other names differ, too.
  bool names = false;
  /// Metadata differs, too: of nodes (stack traces, modules), the hints of symbols, the versions
  /// of PyTorch and of the schema.
  bool metadata = false;
};

/// One thing that is not the same in both programs.
struct Change {
  enum class Kind { changed, added, removed, moved };
  /// A part of what changed, and what the two programs have there.
  struct Detail {
    std::string what;
    std::string before;
    std::string after;
  };

  Kind kind = Kind::changed;
  /// A node as code, or a name and what it stands for; of a change as the first program has it.
  std::string what;
  std::vector<Detail> details{};
  /// Of a node with subgraphs: what differs in them.
  std::vector<Change> inner{};
};

/// What differs in one part of the programs: "signature", "graph", "weights", ...
struct DifferentPart {
  std::string name;
  std::vector<Change> changes;
};

/// How two programs differ by structure; empty when they do not.
struct Difference {
  std::vector<DifferentPart> parts;

  bool empty() const { return parts.empty(); }
  /// As text, a part after another; with the colours of a terminal, if asked.
  std::string str(bool colour = false) const;
};

/// Compares two programs. Nodes are aligned by what they calculate, not by line: inputs by their
/// roles in the signature, nodes by operator, arguments and results, in subgraphs too. Values and
/// symbols that only have other names are the same. Then are compared: arguments, layouts of
/// results, signature, range constraints, guards, dialect, calls of modules, weights and constants
/// (by name: layout, every bit, what shares memory), example inputs and extra files. Throws
/// `ArchiveError` for a program that no file can hold.
Difference difference(const ExportedProgram& before, const ExportedProgram& after,
                      const DifferenceOptions& options = {});

}  // namespace roundtrip
