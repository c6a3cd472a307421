#include "export/capture/forward/state_changes.h"

#include <algorithm>
#include <map>
#include <set>

#include "export/program/node_text.h"

namespace roundtrip {
namespace {

/// What stands in the registry, by its qualified name.
using Registry = std::map<std::string, const void*>;

Registry tensors_of(const ModuleState& state) {
  Registry registry;
  for (const auto* tensors : {&state.parameters, &state.buffers}) {
    for (const auto& entry : *tensors) {
      registry.emplace(entry.key(), entry.value().unsafeGetTensorImpl());
    }
  }
  return registry;
}

Registry modules_of(const ModuleState& state) {
  Registry registry;
  for (const Submodule& module : state.modules) registry.emplace(module.name, module.object);
  return registry;
}

/// Names that only one of them has, or that stand for different things.
std::set<std::string> changed_names(const Registry& before, const Registry& after) {
  std::set<std::string> names;
  const auto add_missing = [&](const Registry& from, const Registry& in) {
    for (const auto& [name, object] : from) {
      const auto other = in.find(name);
      if (other == in.end() || other->second != object) names.insert(name);
    }
  };
  add_missing(before, after);
  add_missing(after, before);
  return names;
}

bool has(const Registry& registry, const at::Tensor& tensor) {
  return std::any_of(registry.begin(), registry.end(), [&](const auto& entry) {
    return entry.second == tensor.unsafeGetTensorImpl();
  });
}

std::string assigned_text(const std::vector<std::string>& names) {
  std::string all;
  for (const std::string& name : names) all += (all.empty() ? "self." : ", self.") + name;
  const bool one = names.size() == 1;
  return std::string(one ? "The tensor attribute " : "The tensor attributes ") + all +
         (one ? " was" : " were") +
         " assigned during export. Such attributes must be registered as buffers using the "
         "`register_buffer` API before, and written to in place (copy_)";
}

std::string described(const GraphValue* value) {
  if (value == nullptr) return "a tensor of aten::empty";
  const Node* node = value->producer();
  const bool is_node = node != nullptr && node->shares_name_with_result();
  return "'" + (is_node ? node_text(*node) : value->name()) + "'" +
         (is_node ? node_place(*node) : "");
}

}  // namespace

std::vector<std::string> state_changes(const ModuleState& before, const ModuleState& after,
                                       const std::vector<std::string>& fields,
                                       ModelRecorder& model) {
  std::vector<std::string> changes;
  if (!fields.empty()) changes.push_back(assigned_text(fields));
  const Registry registered = tensors_of(after);
  std::set<std::string> names = changed_names(tensors_of(before), registered);
  for (const std::string& name : model.with_other_memory()) names.insert(name);
  for (const std::string& name : names) {
    changes.push_back(assigned_text({name}));
  }
  for (const std::string& name : changed_names(modules_of(before), modules_of(after))) {
    changes.push_back("The submodule self." + name +
                      " was assigned during export. Register it in the model's constructor");
  }
  for (const auto& [tensor, value] : model.recorder().values().take_kept()) {
    if (has(registered, tensor)) continue;
    changes.push_back(
        "A tensor attribute was assigned during export: something still holds a tensor that "
        "forward made, when forward has returned. Such attributes must be registered as buffers "
        "using the `register_buffer` API, and written to in place (copy_). The tensor is " +
        described(value));
  }
  return changes;
}

}  // namespace roundtrip
