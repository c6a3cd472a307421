#pragma once

#include <roundtrip/graph.h>

#include <cstddef>
#include <optional>
#include <unordered_map>
#include <vector>

#include "export/interpreter/steps/frame.h"

namespace roundtrip {

/// While a graph is compiled: which register holds which value, and which node
/// uses a value last.
class Scope {
 public:
  /// Finds every value's last use.
  explicit Scope(const Graph& graph);

  /// A new register for a value, which has none yet.
  Register define(const GraphValue& value);
  /// A new register, or nothing for a value nobody uses.
  std::optional<Register> define_if_used(const GraphValue& value);
  /// Throws `ProgramError` for a value no earlier node defines.
  Register find(const GraphValue& value) const;

  /// Nodes are compiled in order; this one is next.
  void enter(std::size_t node) { node_ = node; }
  /// True if the node entered uses the value, uses it once, and no later one does.
  bool is_only_and_last_use(const GraphValue& value) const;
  /// Values that the node entered uses last.
  const std::vector<const GraphValue*>& dying() const { return dying_[node_]; }

  std::size_t num_registers() const { return registers_.size(); }

 private:
  struct LastUse {
    std::size_t node;
    std::size_t count;  ///< how often that node uses it
  };

  std::unordered_map<const GraphValue*, Register> registers_;
  std::unordered_map<const GraphValue*, LastUse> last_uses_;
  std::vector<std::vector<const GraphValue*>> dying_;
  std::size_t node_ = 0;
};

}  // namespace roundtrip
