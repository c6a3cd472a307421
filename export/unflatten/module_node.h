#pragma once

#include <ATen/core/Tensor.h>
#include <roundtrip/exported_program.h>
#include <roundtrip/module.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "export/interpreter/graphs/graph_plan.h"
#include "export/interpreter/inputs/input_checks.h"
#include "export/interpreter/inputs/input_tree.h"

namespace roundtrip {

/// The target of a graph's nodes that call a submodule: the first input is its path from
/// the module whose graph it is, the others what the submodule's graph takes.
inline constexpr const char* kCallModule = "call_module";

struct ModuleNode;
using ModuleNodePtr = std::shared_ptr<ModuleNode>;

/// Submodules by name, in order. The calls of one module share theirs.
using Children = std::vector<std::pair<std::string, ModuleNodePtr>>;

/// A tensor among a module's inputs that is no argument.
struct StateInput {
  std::string path;  ///< of the parameter, buffer or constant, from the module
  at::Tensor tensor;
};

/// What only the root has: how it takes the program's inputs.
struct RootInputs {
  explicit RootInputs(const Program& program);

  InputTree tree;
  InputChecks checks;
  GraphSignature signature;                 ///< names the inputs that are constants
  std::vector<std::string> non_persistent;  ///< buffers
};

/// A module of the tree. Owned by the module it belongs to, and by handles of users.
struct ModuleNode {
  std::string type;
  std::shared_ptr<Children> children = std::make_shared<Children>();
  OrderedMap<at::Tensor> parameters;
  OrderedMap<at::Tensor> buffers;
  OrderedMap<at::Tensor> constants;

  /// Absent if the module was not called.
  std::optional<Graph> graph;
  /// A module below this one was called: Python has an empty graph in place of none.
  bool has_called_child = false;
  /// What the program calls the values that are the graph's arguments; empty for those that
  /// the module has by a signature of its own.
  std::vector<std::string> argument_names;
  std::vector<StateInput> state;  ///< the last of the graph's inputs
  std::optional<ModuleCallSignature> signature;
  std::unique_ptr<GraphPlan> plan;
  std::unique_ptr<RootInputs> root;

  /// Of a module whose signature is preserved and that is called several times: the calls
  /// after the first, null for those that do what an earlier one does.
  std::vector<ModuleNodePtr> later_calls;
  /// What the user put in this module's place.
  std::optional<Module> replacement;

  std::size_t num_arguments() const { return graph->inputs().size() - state.size(); }
};

/// The child of that name, or null.
ModuleNodePtr find_child(const ModuleNode& module, const std::string& name);
/// The module at a path like `layers.0`, or null.
ModuleNodePtr find_module(const ModuleNodePtr& module, const std::string& path);
/// The parent of what the path names, or null.
ModuleNodePtr find_parent(const ModuleNodePtr& module, const std::string& path);
void set_child(ModuleNode& module, const std::string& name, ModuleNodePtr child);
void remove_child(ModuleNode& module, const std::string& name);

/// `layers.0` gives `layers` and `0`.
std::vector<std::string> split_path(const std::string& path);
std::string last_name(const std::string& path);

/// `layer@2` for the third call of `layer`, and back.
std::string call_name(const std::string& path, std::size_t call);
std::string without_call(const std::string& name);
std::size_t call_index(const std::string& name);

/// Path of the submodule that a node calls; null for a node that calls none.
const std::string* called_module(const Node& node);

}  // namespace roundtrip
