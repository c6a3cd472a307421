#include "export/capture/recorder.h"

#include <ATen/ATen.h>

#include <atomic>
#include <cstring>

#include "export/capture/arguments.h"
#include "export/capture/data_sizes.h"
#include "export/capture/dispatch.h"
#include "export/capture/map_tensors.h"
#include "export/capture/node_metadata.h"
#include "export/capture/operator_rules.h"
#include "export/capture/traced_tensor.h"

namespace roundtrip {
namespace {

using c10::IValue;

std::vector<std::int64_t> twins_of_ints(const IValue& value) {
  std::vector<std::int64_t> numbers;
  for (const IValue& item : value.toListRef()) {
    numbers.push_back(item.isInt() ? item.toInt() : value_in_this_run(item.toSymInt()));
  }
  return numbers;
}

/// A copy of `value` with tensors and symbolic numbers replaced by what they are in this run.
IValue twin_of_value(const IValue& value) {
  if (value.isSymInt()) return value_in_this_run(value.toSymInt());
  if (value.isSymFloat()) {
    return std::get<double>(value_in_this_run(value.toSymFloat().toSymNodeImpl()));
  }
  if (value.isSymBool()) {
    return std::get<bool>(value_in_this_run(value.toSymBool().toSymNodeImpl()));
  }
  if (value.isSymIntList()) return twins_of_ints(value);
  return map_tensors(value, twin_of);
}

std::uint64_t next_graph() {
  static std::atomic<std::uint64_t> next = 0;
  return next++;
}

template <typename Visit>
void visit_tensors(const IValue& value, Visit visit) {
  if (value.isTensor() && value.toTensor().defined()) visit(value.toTensor());
  if (value.isTensorList() || value.isOptionalTensorList()) {
    for (const IValue& item : value.toListRef()) visit_tensors(item, visit);
  }
}

/// What fx makes the names of an operator's nodes of: `__and__` gives `and`.
std::string name_candidate(const c10::FunctionSchema& schema) {
  std::string name = schema.name().substr(schema.name().find("::") + 2);
  if (name.size() > 4 && name.starts_with("__") && name.ends_with("__")) {
    name = name.substr(2, name.size() - 4);
  }
  return fx_snake_case(name);
}

bool is_written(const c10::Argument& argument) {
  return argument.alias_info() != nullptr && argument.alias_info()->isWrite();
}

std::string target_of(const c10::FunctionSchema& schema) {
  const auto& [name, overload] = schema.operator_name();
  const auto colons = name.find("::");
  return "torch.ops." + name.substr(0, colons) + "." + name.substr(colons + 2) + "." +
         (overload.empty() ? "default" : overload);
}

/// The argument that the schema says result `index` is, written to: `self` of an
/// in-place operator, `out` of an out variant.
std::optional<std::size_t> written_argument(const c10::FunctionSchema& schema, std::size_t index) {
  const auto* result = schema.returns()[index].alias_info();
  if (result == nullptr || !result->isWrite()) return std::nullopt;
  for (std::size_t i = 0; i < schema.arguments().size(); ++i) {
    const auto* argument = schema.arguments()[i].alias_info();
    if (argument != nullptr && argument->beforeSets() == result->beforeSets()) return i;
  }
  return std::nullopt;
}

/// The byte that a tensor of `aten::empty` is full of until somebody writes to it.
constexpr int kUntouched = 0xA5;

bool is_untouched(const at::Tensor& tensor) {
  const auto* bytes = static_cast<const unsigned char*>(tensor.const_data_ptr());
  return std::all_of(bytes, bytes + tensor.nbytes(), [](int byte) { return byte == kUntouched; });
}

}  // namespace

Recorder::Recorder(const ModuleState& state, std::shared_ptr<Symbols> symbols, OperatorLayer* layer)
    : graph_(next_graph()), layer_(layer), guard_(state) {
  trace_.symbols = std::move(symbols);
  trace_.grad_mode = c10::GradMode::is_enabled();
  for (const auto& [name, tensor] : state.parameters.pairs()) {
    plain_[tensor.unsafeGetTensorImpl()] =
        add_placeholder(PlaceholderKind::parameter, name, tensor);
  }
  for (const auto& [name, tensor] : state.buffers.pairs()) {
    plain_[tensor.unsafeGetTensorImpl()] = add_placeholder(PlaceholderKind::buffer, name, tensor);
  }
  for (const auto& [name, tensor] : state.constants.pairs()) {
    declared_constants_.emplace(tensor.unsafeGetTensorImpl(), name);
  }
}

std::string Recorder::add_placeholder(PlaceholderKind kind, const std::string& target,
                                      const at::Tensor& tensor) {
  std::string value = "arg" + std::to_string(trace_.placeholders.size()) + "_1";
  trace_.values.insert(value, tensor_meta(tensor, tensor.requires_grad()));
  trace_.placeholders.push_back({kind, value, target, tensor});
  return value;
}

std::string Recorder::add_input(const at::Tensor& tensor) {
  return add_placeholder(PlaceholderKind::user_input, "", tensor);
}

at::Tensor Recorder::local(const at::Tensor& tensor) {
  const auto* traced = as_traced(tensor);
  if (traced != nullptr && traced->graph() != graph_ && !traced->number()) {
    throw CaptureError(
        "a tensor that was made in a branch or body of control flow, or in another capture, is "
        "used outside of it: return it from the branch instead");
  }
  return tensor;
}

bool Recorder::knows(const at::Tensor& tensor) const {
  return plain_.count(tensor.unsafeGetTensorImpl()) > 0 ||
         (tensor.has_storage() && empties_.count(tensor.storage().unsafeGetStorageImpl()) > 0);
}

std::string Recorder::value_of(const at::Tensor& argument) {
  const at::Tensor tensor = local(argument);
  if (const auto* traced = as_traced(tensor)) return traced->value();
  const auto known = plain_.find(tensor.unsafeGetTensorImpl());
  if (known != plain_.end()) return known->second;
  kept_.push_back(tensor);
  std::string& value = plain_[tensor.unsafeGetTensorImpl()];
  const auto empty = tensor.has_storage() ? empties_.find(tensor.storage().unsafeGetStorageImpl())
                                          : empties_.end();
  if (empty != empties_.end()) {
    Empty settled = std::move(empty->second);
    empties_.erase(empty);
    return value = settle(std::move(settled));
  }
  return value = add_constant(tensor);
}

std::string Recorder::add_constant(const at::Tensor& tensor) {
  guard_.protect(tensor);
  const auto declared = declared_constants_.find(tensor.unsafeGetTensorImpl());
  const std::string name = declared != declared_constants_.end()
                               ? declared->second
                               : "lifted_tensor_" + std::to_string(constants_++);
  return add_placeholder(PlaceholderKind::constant, name, tensor);
}

void Recorder::before_write(const at::Tensor& twin) {
  guard_.before_write(twin);
}

/// A constant that forward made itself may be written to, so each run of the
/// program works on a fresh copy, as Python's `torch.tensor` does in a program.
std::string Recorder::settle(Empty empty) {
  if (is_untouched(empty.tensor)) {
    const std::string value = define(empty.tensor, "empty");
    empty.node.name = value;
    empty.node.outputs = {{TensorArgument{value}}};
    append(std::move(empty.node), empty.grad_mode);
    return value;
  }
  const std::string constant = add_constant(empty.tensor.clone());
  Node copy;
  copy.target = "torch.ops.aten.lift_fresh_copy.default";
  copy.inputs = {{"self", {TensorArgument{constant}}, ArgumentKind::positional}};
  const std::string value = define(empty.tensor, "lift_fresh_copy");
  copy.name = value;
  copy.outputs = {{TensorArgument{value}}};
  append(std::move(copy), c10::GradMode::is_enabled());
  return value;
}

void Recorder::append(Node node, bool grad_mode, bool writes) {
  if (const Metadata* metadata = current_metadata()) node.metadata = *metadata;
  if (layer_ != nullptr) {
    trace_.nodes.push_back({std::move(node), trace_.grad_mode, writes});
  } else {
    trace_.nodes.push_back({std::move(node), grad_mode, writes, modes_.take_changes(grad_mode)});
  }
}

std::string Recorder::define(const at::Tensor& twin, const std::string& candidate) {
  if (twin.layout() != at::kStrided || twin.is_quantized()) {
    throw UnsupportedError("forward makes a sparse or quantized tensor by " + candidate +
                           ", which a program cannot hold");
  }
  std::string value = trace_.names.create(candidate);
  trace_.values.insert(value, tensor_meta(twin, false));
  return value;
}

void Recorder::call(const c10::OperatorHandle& op, torch::jit::Stack& stack) {
  WithoutCapture without_capture;
  const WithoutArithmetic without_arithmetic(*trace_.symbols);
  const auto& schema = op.schema();
  std::vector<IValue> arguments = torch::jit::pop(stack, schema.arguments().size());
  for (IValue& argument : arguments) {
    argument = map_tensors(argument, [this](const at::Tensor& tensor) { return local(tensor); });
  }
  if (record_item(op, arguments, stack) || answer_about_numbers(op, arguments, stack)) return;
  if (!has_data_sizes(op, arguments)) refuse_data_dependent(op, arguments);
  if (!is_metadata_query(schema)) {
    for (const IValue& argument : arguments) {
      visit_tensors(argument, [this](const at::Tensor& tensor) {
        if (!is_wrapped_number(tensor)) value_of(tensor);
      });
    }
  }
  torch::jit::Stack results;
  for (const IValue& argument : arguments) results.push_back(twin_of_value(argument));
  prepare_writes(schema, results);
  run(op, results);
  if (!is_metadata_query(schema)) record(op, arguments, results);
  for (IValue& result : results) stack.push_back(std::move(result));
}

void Recorder::prepare_writes(const c10::FunctionSchema& schema, c10::ArrayRef<IValue> arguments) {
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    if (!is_written(schema.arguments()[i])) continue;
    visit_tensors(arguments[i], [this](const at::Tensor& twin) { before_write(twin); });
  }
}

void Recorder::run(const c10::OperatorHandle& op, torch::jit::Stack& twins) {
  try {
    op.callBoxed(&twins);
  } catch (const c10::Error& error) {
    throw OperatorFailure(c10::str("forward failed in ", op.schema().operator_name(), ": ",
                                   error.what_without_backtrace()));
  }
}

void Recorder::record(const c10::OperatorHandle& op, const std::vector<IValue>& arguments,
                      torch::jit::Stack& results) {
  const auto& schema = op.schema();
  if (layer_ == nullptr &&
      schema.operator_name() == c10::OperatorName{"aten::empty", "memory_format"} &&
      results[0].toTensor().is_cpu() && !arguments[0].isSymIntList()) {
    hold_empty(op, arguments, results[0].toTensor());
    return;
  }
  Node node;
  node.target = target_of(schema);
  if (!trace_.symbols->rehearsing) {
    node.inputs = named_arguments(
        schema, arguments, [this](const at::Tensor& tensor) { return value_of(tensor); },
        [this](const c10::SymNode& number) { return number_argument(number); });
  }
  name_results(op, arguments, results, node);
  const bool writes = std::any_of(schema.arguments().begin(), schema.arguments().end(), is_written);
  append(std::move(node), c10::GradMode::is_enabled(), writes);
  bind_new_symbols(trace_.nodes.back());
}

/// Names the node and its results as fx does: one tensor bears the node's name,
/// several are `getitem`s of it. `results` get traced tensors in place of twins.
void Recorder::name_results(const c10::OperatorHandle& op, const std::vector<IValue>& arguments,
                            torch::jit::Stack& results, Node& node) {
  const auto& schema = op.schema();
  const std::vector<SymbolicLayout> layouts = find_layouts(op, arguments, results);
  const SymbolicLayout* layout = layouts.empty() ? nullptr : layouts.data();
  const std::string candidate = name_candidate(schema);
  const bool single = results.size() == 1 && results[0].isTensor();
  if (!single) node.name = trace_.names.create(candidate);
  for (std::size_t i = 0; i < results.size(); ++i) {
    const std::string& name = single ? candidate : "getitem";
    const auto written = written_argument(schema, i);
    if (written) {
      results[i] = arguments[*written];
      node.outputs.push_back(name_written(results[i].toTensor(), name, layout));
      if (layout != nullptr) ++layout;
    } else {
      node.outputs.push_back(name_result(results[i], name, layout));
    }
  }
  if (single) node.name = node.outputs[0].get<TensorArgument>()->name;
}

Argument Recorder::name_written(const at::Tensor& argument, const std::string& candidate,
                                const SymbolicLayout* layout) {
  if (auto* written = as_traced(argument)) {
    written->refresh();
    written->set_value(define(written->twin(), candidate));
    set_layout(*written, layout);
    return {TensorArgument{written->value()}};
  }
  std::string& value = plain_[argument.unsafeGetTensorImpl()];
  value = define(argument, candidate);
  return {TensorArgument{value}};
}

at::Tensor Recorder::define_traced(const at::Tensor& twin, const std::string& candidate,
                                   const SymbolicLayout* layout) {
  return traced(twin, define(twin, candidate), layout);
}

/// Moves `layout` on by as many as the result has tensors.
Argument Recorder::name_result(IValue& result, const std::string& candidate,
                               const SymbolicLayout*& layout) {
  const auto next_layout = [&] { return layout == nullptr ? nullptr : layout++; };
  if (result.isTensor()) {
    const SymbolicLayout* own = next_layout();
    if (!result.toTensor().defined()) return {NoneArgument{}};
    result = define_traced(result.toTensor(), candidate, own);
    return {TensorArgument{as_traced(result.toTensor())->value()}};
  }
  if (result.isTensorList()) {
    std::vector<TensorArgument> names;
    c10::List<at::Tensor> tensors;
    for (const at::Tensor& twin : result.toTensorVector()) {
      tensors.push_back(define_traced(twin, "getitem", next_layout()));
      names.push_back({as_traced(tensors.get(tensors.size() - 1))->value()});
    }
    result = std::move(tensors);
    return {std::move(names)};
  }
  throw UnsupportedError("forward calls an operator that returns a " + result.tagKind() +
                         " beside tensors, which is not supported yet");
}

/// Leaves the memory visible to C++ code, full of a pattern that tells later
/// whether somebody wrote to it.
void Recorder::hold_empty(const c10::OperatorHandle& op, const std::vector<IValue>& arguments,
                          const at::Tensor& tensor) {
  Node node;
  node.target = target_of(op.schema());
  node.inputs = named_arguments(op.schema(), arguments, {});
  std::memset(tensor.mutable_data_ptr(), kUntouched, tensor.nbytes());
  empties_.emplace(tensor.storage().unsafeGetStorageImpl(),
                   Empty{tensor, std::move(node), c10::GradMode::is_enabled()});
}

}  // namespace roundtrip
