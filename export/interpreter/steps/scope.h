#pragma once

#include <roundtrip/graph.h>

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "export/interpreter/steps/frame.h"

namespace roundtrip {

/// Calls `visit` with every value name an argument refers to. Subgraphs have
/// values of their own and are not entered.
void for_each_name(const Argument& argument, const std::function<void(const std::string&)>& visit);

/// While a graph is compiled: which register holds which value, and which node
/// uses a value last.
class Scope {
 public:
  /// Finds every value's last use.
  explicit Scope(const Graph& graph);

  /// A new register for a value. Throws `ProgramError` if it has one already.
  Register define(const std::string& name);
  /// A new register, or nothing for a value nobody uses.
  std::optional<Register> define_if_used(const std::string& name);
  /// Throws `ProgramError` for a value no earlier node defines.
  Register find(const std::string& name) const;

  /// Nodes are compiled in order; this one is next.
  void enter(std::size_t node) { node_ = node; }
  /// True if the node entered uses the value, uses it once, and no later one does.
  bool is_only_and_last_use(const std::string& name) const;
  /// Values that the node entered uses last.
  std::vector<std::string> dying() const;

  std::size_t num_registers() const { return registers_.size(); }

 private:
  struct LastUse {
    std::size_t node;
    std::size_t count;  ///< how often that node uses it
  };

  std::unordered_map<std::string, Register> registers_;
  std::unordered_map<std::string, LastUse> last_uses_;
  std::vector<std::vector<std::string>> dying_;
  std::size_t node_ = 0;
};

}  // namespace roundtrip
