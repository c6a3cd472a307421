#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "export/graph/names.h"
#include "export/unflatten/flat_graph.h"
#include "export/unflatten/outline.h"

namespace roundtrip {

using Signatures = std::unordered_map<std::string, ModuleCallSignature>;

/// `b` for the modules `a` and `a.b`. Throws `UnsupportedError` for a child that is not
/// below the parent.
std::string path_below(const std::string& parent, const std::string& child);

/// One call of a module while its graph is built.
class ModuleFrame {
 public:
  /// The root.
  ModuleFrame(const FlatGraph& flat, const Signatures& signatures, Outline& outline);
  /// The module that the node at `begin` belongs to, one level below the parent's.
  ModuleFrame(ModuleFrame& parent, std::size_t begin);

  /// Takes over nodes from `node` on, up to one of another module; returns its index.
  std::size_t take_nodes(std::size_t node);
  void finish_root();

 private:
  void add_root_inputs();
  void add_call();
  void remember_call(const std::string& parent_path);
  void take_arguments(std::size_t begin);
  void copy_node(const Node& node);
  GraphValue& define(const GraphValue& value, const std::string& name);
  GraphValue& local(const GraphValue& value);
  GraphValue& add_input(const GraphValue& value);
  Node& insert(NodeFields fields);
  void finish(std::size_t end);
  void give_results(std::size_t end);
  void give_what_is_used(std::size_t end);
  void lift_annotations();
  const GraphValue* known_value(const Argument& argument, std::size_t end) const;
  Node& call() { return *parent_->active_call_; }
  Graph& graph() { return *module_->graph; }

  const FlatGraph& flat_;
  const Signatures& signatures_;
  Outline& outline_;
  ModuleFrame* parent_ = nullptr;
  Stack stack_;
  const ModuleCallSignature* signature_ = nullptr;
  bool keeps_signature_ = false;
  ModuleNodePtr module_;
  std::unordered_map<const GraphValue*, GraphValue*> made_;   ///< here or below, by flat value
  std::vector<const GraphValue*> order_;                      ///< of `made_`
  std::unordered_map<const GraphValue*, GraphValue*> given_;  ///< to this module
  std::vector<std::string> inputs_;                           ///< flat names
  Node* active_call_ = nullptr;                               ///< of a submodule
};

}  // namespace roundtrip
