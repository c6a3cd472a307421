#include "export/capture/modules/module_tree.h"

#include <algorithm>
#include <set>
#include <string_view>

#include "export/capture/trace/module_stack.h"
#include "support/function_name.h"

namespace roundtrip {
namespace {

constexpr std::string_view kLayers = "torch::nn::";

/// `torch::nn::BatchNormImpl` of `torch::nn::BatchNorm2dImpl`.
std::string without_dimension(std::string layer) {
  for (const char* dimension : {"1dImpl", "2dImpl", "3dImpl"}) {
    if (layer.ends_with(dimension)) return layer.erase(layer.size() - 6, 2);
  }
  return layer;
}

/// The classes whose forward it may be. Layers of LibTorch that differ by their dimensions often
/// have that of a common base, called `BatchNormImplBase` or `ReflectionPadImpl`.
std::set<std::string> classes_of(const Submodule& module) {
  std::string name = brief_function_name(module.type);
  if (!name.starts_with(kLayers)) return {name};
  if (!name.ends_with("Impl")) name += "Impl";  // as MultiheadAttention calls itself
  const std::string base = without_dimension(name);
  return {name, base, base + "Base"};
}

/// `layers` of `layers.0`; empty for what the root has.
std::string parent_of(const std::string& name) {
  const auto dot = name.rfind('.');
  return dot == name.npos ? "" : name.substr(0, dot);
}

}  // namespace

ModuleTree::ModuleTree(const ModuleState& state) : state_(state) {
  for (std::size_t i = 0; i < state.modules.size(); ++i) {
    by_name_.emplace(state.modules[i].name, i);
    for (const std::string& name : classes_of(state.modules[i])) by_class_[name].push_back(i);
  }
  add_owners(state.parameters);
  add_owners(state.buffers);
}

void ModuleTree::add_owners(const OrderedMap<at::Tensor>& tensors) {
  for (const auto& [name, tensor] : tensors.pairs()) {
    if (const auto owner = find(parent_of(name))) {
      owners_[tensor.unsafeGetTensorImpl()].push_back(*owner);
    }
  }
}

std::string ModuleTree::python_type(std::size_t module) const {
  return python_type_name(state_.modules[module].type);
}

std::optional<std::size_t> ModuleTree::find(const std::string& name) const {
  const auto found = by_name_.find(name);
  return found == by_name_.end() ? std::nullopt : std::optional(found->second);
}

const std::vector<std::size_t>& ModuleTree::instances(const std::string& class_name) const {
  static const std::vector<std::size_t> kNone;
  const auto found = by_class_.find(class_name);
  return found == by_class_.end() ? kNone : found->second;
}

bool ModuleTree::is_instance(std::size_t module, const std::string& class_name) const {
  const std::vector<std::size_t>& all = instances(class_name);
  return std::find(all.begin(), all.end(), module) != all.end();
}

bool ModuleTree::is_below(std::size_t module, std::size_t ancestor) const {
  if (name(ancestor).empty()) return !name(module).empty();
  return name(module).starts_with(name(ancestor) + ".");
}

std::optional<std::size_t> ModuleTree::parent(std::size_t module) const {
  return name(module).empty() ? std::nullopt : find(parent_of(name(module)));
}

std::vector<std::size_t> ModuleTree::children(std::size_t module) const {
  std::vector<std::size_t> found;
  for (std::size_t i = 0; i < state_.modules.size(); ++i) {
    if (is_below(i, module) && parent_of(name(i)) == name(module)) found.push_back(i);
  }
  return found;
}

std::vector<std::size_t> ModuleTree::owners(const at::Tensor& tensor) const {
  const auto found = owners_.find(tensor.unsafeGetTensorImpl());
  return found == owners_.end() ? std::vector<std::size_t>() : found->second;
}

}  // namespace roundtrip
