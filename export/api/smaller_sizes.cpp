#include "export/api/smaller_sizes.h"

#include <ATen/ATen.h>
#include <roundtrip/error.h>
#include <roundtrip/export.h>
#include <roundtrip/module.h>
#include <roundtrip/pytree.h>

#include <utility>

namespace roundtrip {

namespace {

Value tree_of(const ExampleInputs& inputs) {
  Values parts;
  for (const auto& value : inputs.args) parts.push_back(value);
  for (const auto& [name, value] : inputs.kwargs) parts.push_back(value);
  return Value::tuple(std::move(parts));
}

ExampleInputs inputs_of(const Value& tree, const ExampleInputs& like) {
  ExampleInputs inputs;
  std::size_t place = 0;
  for (; place < like.args.size(); ++place) inputs.args.push_back(tree[place]);
  for (const auto& [name, value] : like.kwargs) inputs.kwargs.emplace_back(name, tree[place++]);
  return inputs;
}

at::Tensor shrunk(const at::Tensor& tensor, std::int64_t size, std::int64_t smaller) {
  at::Tensor part = tensor.detach();
  for (std::int64_t dim = 0; dim < tensor.dim(); ++dim) {
    if (tensor.size(dim) == size) part = part.narrow(dim, 0, smaller);
  }
  return part.clone().set_requires_grad(tensor.requires_grad());
}

/// Whether the program takes these inputs: sizes of it are symbols.
bool takes(const ExportedProgram& program, const ExampleInputs& inputs) {
  try {
    program.clone().run(inputs.args, inputs.kwargs);
    return true;
  } catch (const InputError&) {
    return false;
  }
}

/// The program with other sizes of its inputs, as a module to export: it no longer asks for those
/// of before. Of no other use: what it says of its other values is not changed.
Module to_export(const ExportedProgram& program, std::int64_t size, std::int64_t smaller) {
  Program changed = program.program();
  auto& module = changed.graph_module;
  for (std::size_t i = 0; i < module.signature.input_specs.size(); ++i) {
    if (module.signature.input_specs[i].kind != InputKind::user_input) continue;
    GraphValue* input = module.graph.inputs()[i].as_value();
    if (input == nullptr || input->tensor() == nullptr) continue;
    TensorMeta meta = *input->tensor();
    for (auto& of_dim : meta.sizes) {
      const auto* fixed = std::get_if<std::int64_t>(&of_dim);
      if (fixed != nullptr && *fixed == size) of_dim = smaller;
    }
    module.graph.set_type(*input, std::move(meta));
  }
  changed.guards_code.clear();
  return ExportedProgram(std::move(changed)).module();
}

}  // namespace

std::set<std::int64_t> input_sizes(const ExportedProgram& program) {
  std::set<std::int64_t> sizes;
  const auto inputs = program.example_inputs();
  if (!inputs) return sizes;
  for (const auto& leaf : tree_flatten(tree_of(*inputs))) {
    if (!leaf.is_tensor() || !leaf.tensor().defined()) continue;
    for (const std::int64_t size : leaf.tensor().sizes()) {
      if (size > 1) sizes.insert(size);
    }
  }
  return sizes;
}

std::optional<ExportedProgram> with_smaller_size(const ExportedProgram& program, std::int64_t size,
                                                 std::int64_t smaller) {
  if (input_sizes(program).count(size) == 0) return std::nullopt;
  const auto before = *program.example_inputs();
  TreeSpec spec;
  Values leaves = tree_flatten(tree_of(before), &spec);
  for (auto& leaf : leaves) {
    if (leaf.is_tensor() && leaf.tensor().defined()) leaf = shrunk(leaf.tensor(), size, smaller);
  }
  ExampleInputs inputs = inputs_of(tree_unflatten(std::move(leaves), spec), before);
  if (!takes(program, inputs)) {
    return export_program(to_export(program, size, smaller), std::move(inputs.args),
                          std::move(inputs.kwargs));
  }
  ExportedProgram same = program.clone();
  same.set_example_inputs(inputs);
  return same;
}

}  // namespace roundtrip
