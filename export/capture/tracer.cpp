#include "export/capture/tracer.h"

#include <roundtrip/error.h>
#include <roundtrip/pytree.h>

#include <unordered_map>

#include "export/capture/dispatch.h"
#include "export/capture/example_copies.h"
#include "export/capture/recorder.h"
#include "export/capture/traced_tensor.h"

namespace roundtrip {
namespace {

Argument constant_argument(const Value& leaf, const std::string& what) {
  if (leaf.is_none()) return {NoneArgument{}};
  if (leaf.is_bool()) return {leaf.to_bool()};
  if (leaf.is_int()) return {leaf.to_int()};
  if (leaf.is_double()) return {leaf.to_double()};
  if (leaf.is_string()) return {leaf.string()};
  throw UnsupportedError(what + " is a " + leaf.type_name() +
                         ", which a program cannot hold as a constant");
}

/// Makes what forward gets of the example inputs, and the graph's inputs.
class TracedInputs {
 public:
  TracedInputs(Recorder& recorder, std::vector<Argument>& inputs)
      : recorder_(recorder), inputs_(inputs) {}

  Value trace(const Value& tree) {
    return map_leaves(tree, [this](const Value& leaf) -> Value {
      if (leaf.is_tensor()) return trace_tensor(leaf.tensor());
      inputs_.push_back(constant_argument(leaf, "an example input"));
      return leaf;
    });
  }

 private:
  /// A tensor that is passed twice makes two inputs, and forward gets one tensor
  /// that goes by the second's name, as in Python.
  at::Tensor trace_tensor(const at::Tensor& tensor) {
    const at::Tensor copy = copies_.copy(tensor);
    const std::string value = recorder_.add_input(copy);
    inputs_.push_back({TensorArgument{value}});
    at::Tensor& traced = traced_[copy.unsafeGetTensorImpl()];
    if (!traced.defined()) traced = make_traced(copy, value, recorder_.graph());
    as_traced(traced)->set_value(value);
    return traced;
  }

  Recorder& recorder_;
  std::vector<Argument>& inputs_;
  ExampleCopies copies_;
  std::unordered_map<const c10::TensorImpl*, at::Tensor> traced_;
};

Value call_forward(const Module& module, Recorder& recorder, const Values& args,
                   const Kwargs& kwargs) {
  CaptureScope scope(recorder);
  try {
    return module(args, kwargs);
  } catch (const c10::Error& error) {
    throw CaptureError(std::string("forward failed: ") + error.what_without_backtrace());
  }
}

Argument output_argument(const Value& leaf, Recorder& recorder) {
  if (!leaf.is_tensor()) return constant_argument(leaf, "a result of forward");
  if (!leaf.tensor().defined()) throw CaptureError("a result of forward is an undefined tensor");
  return {TensorArgument{recorder.value_of(leaf.tensor())}};
}

}  // namespace

Trace trace_forward(const Module& module, const Values& args, const Kwargs& kwargs) {
  Recorder recorder(module.state());
  std::vector<Argument> inputs;
  TracedInputs traced(recorder, inputs);
  Values traced_args;
  Kwargs traced_kwargs;
  for (const Value& arg : args) traced_args.push_back(traced.trace(arg));
  for (const auto& [name, arg] : kwargs) traced_kwargs.emplace_back(name, traced.trace(arg));

  const Value result = call_forward(module, recorder, traced_args, traced_kwargs);
  TreeSpec out_spec;
  std::vector<Argument> outputs;
  for (const Value& leaf : tree_flatten(result, &out_spec)) {
    outputs.push_back(output_argument(leaf, recorder));
  }
  Trace trace = recorder.take_trace();
  trace.inputs = std::move(inputs);
  trace.outputs = std::move(outputs);
  trace.out_spec = treespec_dumps(out_spec);
  return trace;
}

}  // namespace roundtrip
