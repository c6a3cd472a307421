#include <roundtrip/decompositions.h>
#include <roundtrip/error.h>

#include "export/decompose/layers/composite.h"
#include "export/decompose/rules/rules.h"
#include "export/graph/target.h"

namespace roundtrip {
namespace {

c10::OperatorHandle find_operator(const std::string& text) {
  const auto dot = text.rfind('.');
  const c10::OperatorName name(text.substr(0, dot),
                               dot == std::string::npos ? "" : text.substr(dot + 1));
  const auto op = c10::Dispatcher::singleton().findSchema(name);
  if (!op) throw Error("there is no operator '" + text + "' in this process");
  return *op;
}

/// As Python writes an operator: `aten.chunk.default`.
std::string python_name(const c10::OperatorHandle& op) {
  const std::string target = target_of(op.schema());
  return target.substr(target.find('.', target.find('.') + 1) + 1);
}

}  // namespace

void DecompositionTable::add(const std::string& op, Rule rule) {
  const c10::OperatorName& name = find_operator(op).operator_name();
  whole_.erase(name);
  rules_.insert_or_assign(name, std::move(rule));
}

void DecompositionTable::remove(const std::string& op) {
  const c10::OperatorHandle handle = find_operator(op);
  if (const auto reason = reason_to_take_apart(handle)) {
    throw Error("The op " + python_name(handle) + " cannot stay whole: " + *reason);
  }
  if (!replaces(handle)) throw Error("the table does not replace '" + op + "'");
  rules_.erase(handle.operator_name());
  whole_.insert(handle.operator_name());
}

bool DecompositionTable::contains(const std::string& op) const {
  return replaces(find_operator(op));
}

std::vector<c10::OperatorName> DecompositionTable::operators() const {
  std::vector<c10::OperatorName> names = c10::Dispatcher::singleton().getAllOpNames();
  std::erase_if(names, [this](const c10::OperatorName& name) {
    const auto op = c10::Dispatcher::singleton().findSchema(name);
    return !op || !replaces(*op);
  });
  return names;
}

bool DecompositionTable::replaces(const c10::OperatorHandle& op) const {
  if (whole_.count(op.operator_name()) > 0) return false;
  if (find(op) != nullptr) return true;
  return is_composite(op) && (takes_composites_apart_ || !can_stay_whole(op));
}

const DecompositionTable::Rule* DecompositionTable::find(const c10::OperatorHandle& op) const {
  const auto rule = rules_.find(op.operator_name());
  return rule == rules_.end() ? nullptr : &rule->second;
}

DecompositionTable default_decompositions() {
  DecompositionTable table;
  table.takes_composites_apart_ = true;
  add_core_rules(table);
  // Core operators, composite as they are; and the one of which the CPU's kernel gives new memory
  // where its parts may give a view.
  for (const char* op : {"aten::upsample_bilinear2d.vec", "aten::upsample_nearest2d.vec",
                         "aten::native_channel_shuffle"}) {
    table.remove(op);
  }
  return table;
}

}  // namespace roundtrip
