#include "export/interpreter/graphs/call_reader.h"

#include <c10/util/StringUtil.h>

#include "export/interpreter/steps/operator_step.h"

namespace roundtrip {

ResultSinks::ResultSinks(const std::vector<Argument>& outputs, Scope& scope) {
  for (const auto& output : outputs) {
    sinks_.emplace_back(output, scope);
    num_values_ += sinks_.back().num_values();
  }
}

void ResultSinks::store(Frame& frame, std::vector<c10::IValue> results) const {
  auto next = results.begin();
  for (const auto& sink : sinks_) sink.store_flat(frame, next);
}

std::vector<c10::IValue> OperandList::load(Frame& frame) const {
  std::vector<c10::IValue> values;
  values.reserve(operands_.size());
  for (const auto& operand : operands_) values.push_back(operand.load(frame));
  return values;
}

const Argument& CallReader::next() {
  if (index_ == node_.inputs().size()) {
    throw ProgramError(c10::str("the operator takes more than ", index_, " arguments"));
  }
  return node_.inputs()[index_++].arg;
}

GraphPlan CallReader::graph() {
  if (auto* given = next().get<GraphArgument>()) return {*given->graph, policy_, depth_ + 1};
  throw ProgramError(position() + " is no graph");
}

OperandList CallReader::operands() {
  OperandList operands;
  operands.append(next(), scope_);
  return operands;
}

OperandList CallReader::remaining_operands() {
  OperandList operands;
  while (index_ < node_.inputs().size()) operands.append(next(), scope_);
  return operands;
}

c10::OperatorHandle CallReader::op() {
  if (const auto* given = next().get<OperatorArgument>()) return policy_.resolve(given->name);
  throw ProgramError(position() + " is no operator");
}

std::vector<std::string> CallReader::keyword_names() const {
  std::vector<std::string> names;
  for (std::size_t i = index_; i < node_.inputs().size(); ++i)
    names.push_back(node_.inputs()[i].name);
  return names;
}

std::size_t CallReader::keyword_size(const std::string& name) const {
  for (const NamedArgument& input : node_.inputs()) {
    const auto* tensors = input.arg.get<std::vector<TensorArgument>>();
    if (input.name == name && tensors != nullptr) return tensors->size();
  }
  return 0;
}

std::vector<Operand> CallReader::keywords(const c10::FunctionSchema& schema) {
  const auto& inputs = node_.inputs();
  const std::vector<NamedArgument> left(inputs.begin() + static_cast<std::ptrdiff_t>(index_),
                                        inputs.end());
  index_ = inputs.size();
  return make_operands(left, schema, scope_);
}

ResultSinks CallReader::results(std::size_t count) {
  if (index_ != node_.inputs().size()) {
    throw ProgramError(c10::str("the operator takes only ", index_, " arguments"));
  }
  ResultSinks sinks(node_.outputs(), scope_);
  if (sinks.num_values() == count) return sinks;
  throw ProgramError(c10::str("the operator gives ", count, " results, but the node has ",
                              sinks.num_values(), " outputs"));
}

void append(std::vector<c10::IValue>& values, const std::vector<c10::IValue>& more) {
  values.insert(values.end(), more.begin(), more.end());
}

void require_inputs(const GraphPlan& graph, std::size_t count) {
  if (graph.num_inputs() == count) return;
  throw ProgramError(
      c10::str("a graph takes ", graph.num_inputs(), " inputs, but is given ", count));
}

void require_outputs(const GraphPlan& graph, std::size_t least, std::size_t most) {
  if (least <= graph.num_outputs() && graph.num_outputs() <= most) return;
  throw ProgramError(c10::str("a graph gives ", graph.num_outputs(),
                              " outputs, which is not what its operator needs"));
}

}  // namespace roundtrip
