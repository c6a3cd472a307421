#pragma once

#include <ATen/core/Tensor.h>
#include <roundtrip/module.h>

#include <string>
#include <unordered_map>
#include <vector>

namespace roundtrip {

/// The modules that a model has registered, by number. One that is registered twice counts twice.
class ModuleTree {
 public:
  explicit ModuleTree(const ModuleState& state);

  const std::string& name(std::size_t module) const { return state_.modules[module].name; }
  /// As `nn_module_stack` has it.
  std::string python_type(std::size_t module) const;
  std::optional<std::size_t> find(const std::string& name) const;

  /// Those whose `forward` may be the one of this C++ class: their own or, of LibTorch's layers,
  /// one that they derive from. Names of classes are without template arguments.
  const std::vector<std::size_t>& instances(const std::string& class_name) const;
  bool is_instance(std::size_t module, const std::string& class_name) const;

  bool is_below(std::size_t module, std::size_t ancestor) const;
  /// None for the root.
  std::optional<std::size_t> parent(std::size_t module) const;
  /// In the order in which they were registered.
  std::vector<std::size_t> children(std::size_t module) const;

  /// Those that have the tensor as a parameter or buffer of their own.
  std::vector<std::size_t> owners(const at::Tensor& tensor) const;

 private:
  void add_owners(const OrderedMap<at::Tensor>& tensors);

  const ModuleState& state_;
  std::unordered_map<std::string, std::size_t> by_name_;
  std::unordered_map<std::string, std::vector<std::size_t>> by_class_;
  std::unordered_map<const c10::TensorImpl*, std::vector<std::size_t>> owners_;
};

}  // namespace roundtrip
