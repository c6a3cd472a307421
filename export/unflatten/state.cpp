#include "export/unflatten/state.h"

#include <ATen/ATen.h>
#include <c10/util/StringUtil.h>
#include <roundtrip/error.h>

#include <algorithm>
#include <map>
#include <tuple>
#include <unordered_set>

#include "export/graph/names.h"
#include "export/program/payloads.h"

namespace roundtrip {
namespace {

/// What makes two tensors one: the memory and the view of it.
using TensorId = std::tuple<const c10::StorageImpl*, std::int64_t, std::vector<std::int64_t>,
                            std::vector<std::int64_t>>;

TensorId id_of(const at::Tensor& tensor) {
  return {tensor.storage().unsafeGetStorageImpl(), tensor.storage_offset(), tensor.sizes().vec(),
          tensor.strides().vec()};
}

OrderedMap<at::Tensor>& table(ModuleNode& module, InputKind kind) {
  switch (kind) {
    case InputKind::parameter:
      return module.parameters;
    case InputKind::buffer:
      return module.buffers;
    default:
      return module.constants;
  }
}

std::vector<const InputSpec*> state_specs(const GraphSignature& signature) {
  std::vector<const InputSpec*> specs;
  for (const InputSpec& spec : signature.input_specs) {
    if (spec.is_state()) specs.push_back(&spec);
    if (spec.kind == InputKind::custom_obj || spec.kind == InputKind::token) {
      throw UnsupportedError(
          "a program that takes script objects or effect tokens cannot be unflattened");
    }
  }
  return specs;
}

class StateAssigner {
 public:
  StateAssigner(const Program& program, const ModuleNodePtr& root)
      : program_(program), root_(root) {}

  void run() {
    for (const InputSpec* spec : state_specs(program_.graph_module.signature)) {
      const at::Tensor* tensor = tensor_of(program_, spec->target);
      if (tensor == nullptr) {
        throw UnsupportedError("'" + spec->target +
                               "' is a pickled object, which this version carries but does not "
                               "run with");
      }
      assign(spec->target, *tensor, spec->kind);
    }
    for (const auto& entry : program_.weights) {
      assign_rest(entry, entry.value().is_param ? InputKind::parameter : InputKind::buffer);
    }
    for (const auto& entry : program_.constants) assign_rest(entry, InputKind::tensor_constant);
  }

 private:
  template <typename Entry>
  void assign_rest(const Entry& entry, InputKind kind) {
    const auto* tensor = tensor_of(program_, entry.key());
    if (tensor != nullptr && assigned_.count(entry.key()) == 0) assign(entry.key(), *tensor, kind);
  }

  /// To the module that the path names, and to its other calls.
  void assign(const std::string& path, const at::Tensor& tensor, InputKind kind) {
    assigned_.insert(path);
    std::vector<ModuleNodePtr> owners{root_};
    std::vector<std::string> way = split_path(path);
    const std::string name = way.back();
    way.pop_back();
    for (const std::string& step : way) owners = children_of(owners, step);
    for (const ModuleNodePtr& owner : owners) {
      auto& tensors = table(*owner, kind);
      if (!tensors.contains(name)) tensors.insert(name, copy_of(tensor, kind));
    }
  }

  static std::vector<ModuleNodePtr> children_of(const std::vector<ModuleNodePtr>& owners,
                                                const std::string& name) {
    std::vector<ModuleNodePtr> found;
    for (const ModuleNodePtr& owner : owners) {
      if (!find_child(*owner, name)) set_child(*owner, name, std::make_shared<ModuleNode>());
      for (const auto& [child_name, child] : *owner->children) {
        const bool is_known = std::find(found.begin(), found.end(), child) != found.end();
        if (without_call(child_name) == name && !is_known) found.push_back(child);
      }
    }
    return found;
  }

  at::Tensor copy_of(const at::Tensor& tensor, InputKind kind) {
    at::Tensor& copy = copies_[id_of(tensor)];
    if (!copy.defined()) {
      copy = tensor.detach().clone();
      if (kind != InputKind::tensor_constant) copy.set_requires_grad(tensor.requires_grad());
    }
    return copy;
  }

  const Program& program_;
  const ModuleNodePtr& root_;
  std::map<TensorId, at::Tensor> copies_;
  std::unordered_set<std::string> assigned_;
};

/// Every name of the tensor that an input holds, by input.
std::map<std::string, std::vector<std::string>> targets_of_inputs(const Program& program) {
  std::map<TensorId, std::vector<std::string>> targets;
  std::map<std::string, TensorId> inputs;
  std::unordered_set<std::string> known;
  for (const InputSpec* spec : state_specs(program.graph_module.signature)) {
    const TensorId id = id_of(*tensor_of(program, spec->target));
    inputs.emplace(spec->arg.as_value()->name(), id);
    targets[id].push_back(spec->target);
    known.insert(spec->target);
  }
  for (const auto* payloads : {&program.constants, &program.weights}) {
    for (const auto& entry : *payloads) {
      const auto* tensor = std::get_if<at::Tensor>(&entry.value().data);
      if (tensor == nullptr || known.count(entry.key()) > 0) continue;
      const auto used = targets.find(id_of(*tensor));
      if (used != targets.end()) used->second.push_back(entry.key());
    }
  }
  std::map<std::string, std::vector<std::string>> result;
  for (const auto& [input, id] : inputs) result[input] = targets[id];
  return result;
}

at::Tensor find_state(ModuleNode& module, const std::vector<std::string>& path) {
  ModuleNode* owner = &module;
  for (std::size_t i = 0; i + 1 < path.size(); ++i) owner = find_child(*owner, path[i]).get();
  for (const InputKind kind :
       {InputKind::parameter, InputKind::buffer, InputKind::tensor_constant}) {
    if (const at::Tensor* tensor = table(*owner, kind).find(path.back())) return *tensor;
  }
  throw ProgramError("no module has the parameter or buffer '" + path.back() + "'");
}

class StateSinker {
 public:
  StateSinker(const Program& program, const Outline& outline)
      : targets_(targets_of_inputs(program)), outline_(outline) {}

  void run() { sink(*outline_.root, {}); }

 private:
  using Path = std::vector<std::string>;

  /// `scope` is the module's path.
  void sink(ModuleNode& module, const Path& scope) {
    if (!removed_.try_emplace(&module).second) return;
    for (const auto& [name, child] : *module.children) {
      Path below = scope;
      below.push_back(without_call(name));
      sink(*child, below);
    }
    if (!module.graph) return;
    for (Node& node : module.graph->nodes()) drop_arguments(module, node);
    sink_inputs(module, scope);
  }

  /// What the submodule called has itself now.
  void drop_arguments(ModuleNode& module, Node& node) {
    const std::string* accessor = called_module(node);
    if (accessor == nullptr) return;
    ModuleNode* called = &module;
    for (const std::string& name : split_path(*accessor)) called = find_child(*called, name).get();
    const auto& removed = removed_[called];
    for (auto index = removed.rbegin(); index != removed.rend(); ++index) {
      node.erase_input(1 + *index);
    }
  }

  void sink_inputs(ModuleNode& module, const Path& scope) {
    Graph& graph = *module.graph;
    const auto& values = outline_.inputs.at(&module);
    std::vector<Argument> arguments, state;
    for (std::size_t i = 0; i < graph.inputs().size(); ++i) {
      const Argument& input = graph.inputs()[i];
      const auto path = path_from(scope, values[i]);
      if (!path) {
        arguments.push_back(input);
        module.argument_names.push_back(argument_name(module, values[i]));
        continue;
      }
      removed_[&module].push_back(i);
      GraphValue& value = *input.as_value();
      if (!value.is_used()) continue;
      graph.rename(value, graph.unique_name(c10::Join(".", *path)));
      state.push_back(input);
      module.state.push_back({c10::Join(".", *path), find_state(module, *path)});
    }
    // As in Python, the last one comes first.
    std::reverse(state.begin(), state.end());
    std::reverse(module.state.begin(), module.state.end());
    arguments.insert(arguments.end(), state.begin(), state.end());
    graph.set_inputs(std::move(arguments));
  }

  /// Python calls the root's arguments as the program does, those of modules as `torch.fx`
  /// would: `input_1` for `input`.
  std::string argument_name(const ModuleNode& module, const std::string& value) const {
    return value.empty() || &module == outline_.root.get() ? value : FxNamespace().create(value);
  }

  /// The first name of the state that is in the module's scope, from there.
  std::optional<Path> path_from(const Path& scope, const std::string& value) const {
    const auto targets = targets_.find(value);
    if (targets == targets_.end()) return std::nullopt;
    for (const std::string& target : targets->second) {
      const Path path = split_path(target);
      if (path.size() > scope.size() && std::equal(scope.begin(), scope.end(), path.begin())) {
        return Path(path.begin() + static_cast<std::ptrdiff_t>(scope.size()), path.end());
      }
    }
    return std::nullopt;
  }

  std::map<std::string, std::vector<std::string>> targets_;
  const Outline& outline_;
  std::map<const ModuleNode*, std::vector<std::size_t>> removed_;
};

}  // namespace

void assign_state(const Program& program, const ModuleNodePtr& root) {
  StateAssigner(program, root).run();
}

void sink_state(const Program& program, const Outline& outline) {
  StateSinker(program, outline).run();
}

}  // namespace roundtrip
