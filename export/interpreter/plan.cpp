#include "export/interpreter/plan.h"

#include <ATen/core/Tensor.h>
#include <c10/util/StringUtil.h>
#include <roundtrip/error.h>
#include <roundtrip/pytree.h>

#include <string>
#include <utility>
#include <vector>

#include "export/dispatch/capture_handler.h"
#include "export/interpreter/graphs/graph_plan.h"
#include "export/interpreter/inputs/input_checks.h"
#include "export/interpreter/inputs/input_tree.h"
#include "export/interpreter/signature.h"
#include "export/interpreter/steps/operator_policy.h"

namespace roundtrip {

namespace {

TreeSpec output_spec(const GraphModule& graph_module) {
  // The input tree has made sure that there is a signature.
  return treespec_loads(graph_module.module_call_graph.front().signature->out_spec);
}

void require_equal(const char* what, std::size_t signature, std::size_t found) {
  if (signature == found) return;
  throw ProgramError(
      c10::str("the program has ", found, " ", what, ", but its signature ", signature));
}

}  // namespace

struct Plan::Impl {
  explicit Impl(const Program& program)
      : input_tree(program.graph_module),
        input_checks(program, input_tree.leaf_names()),
        inputs(program),
        graph(program.graph_module.graph, OperatorPolicy(program)),
        outputs(program.graph_module.signature),
        out_spec(output_spec(program.graph_module)) {
    require_equal("inputs", inputs.size(), graph.num_inputs());
    require_equal("outputs", outputs.size(), graph.num_outputs());
    require_equal("leaves in its out_spec", outputs.num_user_outputs(), out_spec.num_leaves());
  }

  InputTree input_tree;
  InputChecks input_checks;
  GraphInputs inputs;
  GraphPlan graph;
  GraphOutputs outputs;
  TreeSpec out_spec;
};

Plan::Plan(const Program& program) : impl_(std::make_unique<Impl>(program)) {
}
Plan::~Plan() = default;
Plan::Plan(Plan&&) noexcept = default;
Plan& Plan::operator=(Plan&&) noexcept = default;

const OrderedMap<at::Tensor>& Plan::constants() const {
  return impl_->inputs.constants();
}

Value Plan::run(const Values& args, const Kwargs& kwargs) const {
  auto leaves = impl_->input_tree.flatten(args, kwargs);
  const InputChecks& checks = impl_->input_checks;
  is_capturing() ? checks.check_captured(leaves) : checks.check(leaves);
  auto inputs = impl_->inputs.gather(leaves);
  auto targets = impl_->outputs.mutation_targets(inputs);
  torch::jit::Stack stack;
  auto results = impl_->graph.run(std::move(inputs), stack);
  auto outputs = impl_->outputs.finish(std::move(results), std::move(targets));
  return tree_unflatten(std::move(outputs), impl_->out_spec);
}

}  // namespace roundtrip
