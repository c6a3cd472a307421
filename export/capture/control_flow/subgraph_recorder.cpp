#include "export/capture/control_flow/subgraph_recorder.h"

#include <algorithm>

#include "export/capture/trace/arguments.h"
#include "export/tracing/traced_tensor.h"

namespace roundtrip {
namespace {

/// The outer graph's input that is `value`; a computed value counts as one
/// that the user passed.
Placeholder origin_of(const Recorder& outer, GraphValue* value) {
  const std::vector<Placeholder>& placeholders = outer.graph().trace().placeholders;
  const auto found =
      std::find_if(placeholders.begin(), placeholders.end(),
                   [&](const Placeholder& placeholder) { return placeholder.value == value; });
  if (found != placeholders.end()) return *found;
  return {PlaceholderKind::user_input, value, "", {}};
}

}  // namespace

SubgraphRecorder::SubgraphRecorder(Recorder& outer, std::string op, Purpose purpose)
    : outer_(outer),
      op_(std::move(op)),
      purpose_(purpose),
      recorder_(*this, outer.symbols(), outer.layer()) {
  recorder_.observe(outer.observer());
  if (PointerLock* lock = outer.memory_lock()) recorder_.values().lock_memory(lock);
}

std::pair<Value, GraphValue*> SubgraphRecorder::add_operand(const Value& data) {
  if (data.is_tensor()) {
    const at::Tensor input =
        make_input({PlaceholderKind::user_input, nullptr, "", {}}, data.tensor());
    return {input, as_traced(input)->value()};
  }
  if (purpose_ == Purpose::dry_run) return {data, nullptr};
  GraphValue& value =
      recorder_.graph().add_number_input({expr_of(data.sym_int()), SymbolType::integer});
  return {recorder_.numbers().symbolic(value).toSymInt(), &value};
}

at::Tensor SubgraphRecorder::local(const at::Tensor& tensor) {
  if (!tensor.defined() || is_wrapped_number(tensor)) return tensor;
  const TracedTensor* traced = as_traced(tensor);
  const bool is_own = traced != nullptr ? traced->graph() == recorder_.graph().id()
                                        : recorder_.values().knows(tensor);
  return is_own ? tensor : lift(tensor);
}

at::Tensor SubgraphRecorder::lift(const at::Tensor& tensor) {
  const bool is_dry_run = purpose_ == Purpose::dry_run;
  GraphValue* value = is_dry_run ? nullptr : &outer_.value_of(tensor);
  const at::Tensor outer = is_dry_run ? tensor : outer_.local(tensor);
  at::Tensor& input = inputs_[outer.unsafeGetTensorImpl()];
  if (!input.defined()) {
    input = make_input(origin_of(outer_, value), outer);
    lifted_.push_back({value, outer, as_traced(input)->value()});
  }
  return input;
}

at::Tensor SubgraphRecorder::make_input(const Placeholder& origin, const at::Tensor& tensor) {
  const at::Tensor concrete = concrete_of(tensor);
  GraphValue& value = recorder_.add_placeholder(origin.kind, origin.target, concrete);
  if (concrete.has_storage()) memory_.insert(concrete.storage().unsafeGetStorageImpl());
  return recorder_.values().traced(concrete, value,
                                   purpose_ == Purpose::graph ? symbolic_layout(tensor) : nullptr);
}

/// A number from outside becomes an input.
Argument SubgraphRecorder::number_argument(SymNode& number) {
  require_liftable(number.expr());
  GraphValue& outer = *outer_.numbers().argument(c10::SymNode::reclaim_copy(&number)).as_value();
  GraphValue*& value = numbers_[&outer];
  if (value == nullptr) {
    value = &recorder_.graph().add_number_input(number.value());
    lifted_.push_back({&outer, {}, value});
  }
  return *value;
}

/// Python's frontends differ here: only the strict one lifts unbacked integers, and
/// neither lifts floats.
void SubgraphRecorder::require_liftable(const Expr& number) const {
  if (!outer_.symbols()->env.has_unbacked(number)) return;
  const std::string said =
      ": a branch or body uses the number " + to_string(number) + ", which data decides. ";
  if (number.kind == ExprKind::symbol && number.name.starts_with("zuf")) {
    throw UnsupportedError(op_ + said +
                           "Failed to convert args/kwargs to proxy: Missing `as_proxy()` "
                           "implementation for some arg/kwarg. Keep the number in a tensor");
  }
  if (outer_.symbols()->strict) return;
  throw UnsupportedError(op_ + said +
                         "Attempted to wrap unbacked SymInt. Unbacked SymInt input is not "
                         "supported yet. Export with strict, or keep the number in a tensor");
}

GraphValue& SubgraphRecorder::add_constant(const at::Tensor& tensor) {
  return *as_traced(lift(tensor))->value();
}

bool SubgraphRecorder::has_memory_of_input(const at::Tensor& concrete) const {
  return concrete.has_storage() && memory_.contains(concrete.storage().unsafeGetStorageImpl());
}

void SubgraphRecorder::before_write(const at::Tensor& concrete) {
  if (!has_memory_of_input(concrete)) return;
  throw CaptureError(op_ +
                     ": a branch or body writes in place to one of its arguments or to a tensor "
                     "from outside of it. Higher order ops do not support input mutation: clone() "
                     "the tensor before");
}

}  // namespace roundtrip
