#include "export/capture/control_flow/subgraph_recorder.h"

#include <algorithm>

#include "export/capture/trace/arguments.h"
#include "export/tracing/traced_tensor.h"

namespace roundtrip {
namespace {

/// The outer graph's input that is named `value`; a computed value counts as one
/// that the user passed.
Placeholder origin_of(const Recorder& outer, const std::string& value) {
  const auto& placeholders = outer.trace().placeholders;
  const auto found =
      std::find_if(placeholders.begin(), placeholders.end(),
                   [&](const Placeholder& placeholder) { return placeholder.value == value; });
  if (found != placeholders.end()) return *found;
  return {PlaceholderKind::user_input, value, "", {}};
}

}  // namespace

SubgraphRecorder::SubgraphRecorder(Recorder& outer, std::string op, Purpose purpose)
    : Recorder(ModuleState{}, outer.symbols(), outer.layer()),
      outer_(outer),
      op_(std::move(op)),
      purpose_(purpose) {
  if (PointerLock* lock = outer.memory_lock()) lock_memory(lock);
}

std::pair<Value, std::string> SubgraphRecorder::add_operand(const Value& data) {
  if (data.is_tensor()) {
    const at::Tensor input = make_input({PlaceholderKind::user_input, "", "", {}}, data.tensor());
    return {input, as_traced(input)->value()};
  }
  if (purpose_ == Purpose::rehearsal) return {data, ""};
  const Expr expr = expr_of(data.sym_int());
  const std::string value = add_number_input({expr, SymbolType::integer});
  return {make_sym_int(symbols(), expr, number_place(value)), value};
}

at::Tensor SubgraphRecorder::local(const at::Tensor& tensor) {
  if (!tensor.defined() || is_wrapped_number(tensor)) return tensor;
  const auto* traced = as_traced(tensor);
  if (traced != nullptr ? traced->graph() == graph() : knows(tensor)) return tensor;
  return lift(tensor);
}

at::Tensor SubgraphRecorder::lift(const at::Tensor& tensor) {
  const bool rehearsal = purpose_ == Purpose::rehearsal;
  const std::string value = rehearsal ? "" : outer_.value_of(tensor);
  const at::Tensor outer = rehearsal ? tensor : outer_.local(tensor);
  at::Tensor& input = inputs_[outer.unsafeGetTensorImpl()];
  if (!input.defined()) {
    input = make_input(origin_of(outer_, value), outer);
    lifted_.push_back({{schema::TensorArgument{value}}, outer, as_traced(input)->value()});
  }
  return input;
}

at::Tensor SubgraphRecorder::make_input(const Placeholder& origin, const at::Tensor& tensor) {
  const at::Tensor twin = twin_of(tensor);
  const std::string value = add_placeholder(origin.kind, origin.target, twin);
  if (twin.has_storage()) memory_.emplace(twin.storage().unsafeGetStorageImpl(), value);
  return traced(twin, value, purpose_ == Purpose::graph ? symbolic_layout(tensor) : nullptr);
}

/// A number from outside becomes an input, unless a tensor of this graph has it.
schema::Argument SubgraphRecorder::number_argument(const c10::SymNode& number) {
  auto* node = as_sym_node(number);
  if (node == nullptr || node->is_constant() || node->place().graph == graph()) {
    return Recorder::number_argument(number);
  }
  require_liftable(node->expr());
  schema::Argument outer = outer_.number_argument(number);
  std::string name;
  visit_value_names(outer, [&](std::string& value) { name = value; });
  const auto known = numbers_.find(name);
  if (known != numbers_.end()) return known->second;
  const std::string value = add_number_input(node->value());
  lifted_.push_back({outer, {}, value});
  return numbers_[name] = value_argument(trace(), value);
}

/// Python's frontends differ here: only the strict one lifts integers of data, and
/// neither lifts floats.
void SubgraphRecorder::require_liftable(const Expr& number) const {
  if (!symbols()->env.has_unbacked(number)) return;
  const std::string said =
      ": a branch or body uses the number " + to_string(number) + ", which data decides. ";
  if (number.kind == ExprKind::symbol && number.name.starts_with("zuf")) {
    throw UnsupportedError(op_ + said +
                           "Failed to convert args/kwargs to proxy: Missing `as_proxy()` "
                           "implementation for some arg/kwarg. Keep the number in a tensor");
  }
  if (symbols()->strict) return;
  throw UnsupportedError(op_ + said +
                         "Attempted to wrap unbacked SymInt. Unbacked SymInt input is not "
                         "supported yet. Export with strict, or keep the number in a tensor");
}

std::string SubgraphRecorder::add_constant(const at::Tensor& tensor) {
  return as_traced(lift(tensor))->value();
}

std::string SubgraphRecorder::input_of_memory(const at::Tensor& twin) const {
  if (!twin.has_storage()) return "";
  const auto found = memory_.find(twin.storage().unsafeGetStorageImpl());
  return found == memory_.end() ? "" : found->second;
}

void SubgraphRecorder::before_write(const at::Tensor& twin) {
  if (input_of_memory(twin).empty()) return;
  throw CaptureError(op_ +
                     ": a branch or body writes in place to one of its arguments or to a tensor "
                     "from outside of it. Higher order ops do not support input mutation: clone() "
                     "the tensor before");
}

}  // namespace roundtrip
