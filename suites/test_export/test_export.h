#pragma once

#include <ATen/ATen.h>
#include <roundtrip/suite.h>

#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace roundtrip {

using at::Tensor;
using NamedTensors = std::vector<std::pair<std::string, Tensor>>;

/// The tests of upstream's class of this name, and what they share. Upstream's
/// models are nn.Modules; here most are lambdas over plain tensors, which say the
/// same and compile in a fraction of torch::nn's time.
class TestExport : public Fixture {
 protected:
  /// Exports `model` and demands that the program returns what the model does.
  static void check_same_as_eager(TestContext& t, const Module& model, const Values& args,
                                  const Kwargs& kwargs = {}, const ExportOptions& options = {});
};

/// Upstream's tests ask by their names what they run under, where that changes what they mean:
/// programs that are exported twice, and functional ones.
bool is_retraceability_test(const TestContext& t);
bool is_training_ir_test(const TestContext& t);
bool is_cpp_runtime_test(const TestContext& t);

/// The test is expected to fail under runs with any of these xfail properties.
inline Mark xfail_under(std::vector<std::string> properties, std::string reason) {
  return [properties = std::move(properties), reason = std::move(reason)](TestInfo& info) {
    for (const std::string& property : properties) info.xfail.push_back({property, reason});
  };
}

/// Options with `strict` as the test gives it.
ExportOptions strict(bool value);

/// The state of a model that is a lambda: parameters, buffers, and which of the
/// buffers are not persistent.
std::function<ModuleState()> state(NamedTensors parameters, NamedTensors buffers = {},
                                   std::vector<std::string> non_persistent = {});

/// The state of a model that declares the tensors it uses from outside.
std::function<ModuleState()> constants(NamedTensors tensors);

/// The model, which declares the tensors of its fields that are no parameters or buffers.
Module declaring(const Module& model, NamedTensors tensors);

/// A tensor that wants gradients.
Tensor parameter(Tensor data);

/// The program as a model: Python's `ep.module()`.
Module as_module(const ExportedProgram& program);

/// The same values on new tensors, for calls that mutate their inputs.
Values copy_of(const Values& values);

/// The keyword argument `name`, for models that take any.
const Value& keyword(const Kwargs& kwargs, const std::string& name);

/// Names of the program's inputs in signature order: `p_weight, x`.
std::string input_names(const ExportedProgram& program);

/// Names of the program's nodes: `linear, add_1`.
std::string node_names(const ExportedProgram& program);

/// The operators of a graph in order, without namespace: `linear.default, add.Tensor`.
std::string operators(const Graph& graph);
std::string operators(const ExportedProgram& program);

/// The program's graph as Python prints its code, `ep.graph_module.code`; of a subgraph if a path
/// to one is given: `true_graph_0`, `submod_1`. Programs after save and load print lists of
/// operands with brackets.
std::string code(const ExportedProgram& program, const std::vector<std::string>& subgraph = {});

/// Names of the program's weights (Python's state_dict) and constants.
std::string weight_names(const ExportedProgram& program);
std::string constant_names(const ExportedProgram& program);

/// The weight `name` of the program as it is now.
const Tensor& weight(const ExportedProgram& program, const std::string& name);

/// How many inputs of the program are of this kind.
inline std::ptrdiff_t count_inputs(const ExportedProgram& program, InputKind kind) {
  const auto& specs = program.program().graph_module.signature.input_specs;
  return std::count_if(specs.begin(), specs.end(),
                       [&](const InputSpec& spec) { return spec.kind == kind; });
}

ROUNDTRIP_SUITE_PART(TestExport);

}  // namespace roundtrip
