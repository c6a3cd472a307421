#include <roundtrip/difference.h>

#include <c10/util/StringUtil.h>

#include <algorithm>

#include "export/compare/graph_difference.h"
#include "export/compare/node_text.h"
#include "export/compare/roles.h"
#include "export/compare/tensor_difference.h"

namespace roundtrip {

namespace {

using namespace compare;
using Changes = std::vector<Change>;

void append(Changes more, Changes& changes) {
  std::move(more.begin(), more.end(), std::back_inserter(changes));
}

void compare_texts(const std::string& what, const std::string& before, const std::string& after,
                   Changes& changes) {
  if (before == after) return;
  changes.push_back({Change::Kind::changed, what, {{"", before, after}}});
}

std::string version_text(const SchemaVersion& version) {
  return c10::str(version.major, ".", version.minor);
}

Changes program_changes(const Program& before, const Program& after, bool with_metadata) {
  Changes changes;
  const auto text = [](const auto& items) { return c10::Join(", ", items); };
  compare_texts("dialect", text(before.verifiers), text(after.verifiers), changes);
  if (!with_metadata) return changes;
  compare_texts("PyTorch", before.torch_version, after.torch_version, changes);
  compare_texts("schema", version_text(before.schema_version), version_text(after.schema_version),
                changes);
  return changes;
}

std::string range_text(const RangeConstraint& range) {
  const auto bound = [](const std::optional<std::int64_t>& value, const char* infinite) {
    return value ? std::to_string(*value) : infinite;
  };
  return "[" + bound(range.min_val, "-int_oo") + ", " + bound(range.max_val, "int_oo") + "]";
}

/// Symbols are known by now: the graphs' layouts are compared first.
Changes range_changes(const Program& before, const Program& after, Renaming& symbols) {
  Changes changes;
  for (const auto& entry : before.range_constraints) {
    const std::string& name = entry.key();
    symbols.pair(name, name);  // one that no layout mentions
    const std::string* other = symbols.find(name);
    const auto* range = other ? after.range_constraints.find(*other) : nullptr;
    const std::string text = name + ": " + range_text(entry.value());
    if (range == nullptr) {
      changes.push_back({Change::Kind::removed, text});
    } else {
      compare_texts(name, range_text(entry.value()), range_text(*range), changes);
    }
  }
  std::vector<std::string> known;
  for (const auto& entry : before.range_constraints) {
    if (const auto* other = symbols.find(entry.key())) known.push_back(*other);
  }
  for (const auto& entry : after.range_constraints) {
    if (std::find(known.begin(), known.end(), entry.key()) != known.end()) continue;
    changes.push_back({Change::Kind::added, entry.key() + ": " + range_text(entry.value())});
  }
  return changes;
}

Changes guard_changes(const std::vector<std::string>& before,
                      const std::vector<std::string>& after) {
  Changes changes;
  const auto add_others = [&](const auto& guards, const auto& others, Change::Kind kind) {
    for (const auto& guard : guards) {
      if (std::find(others.begin(), others.end(), guard) == others.end()) {
        changes.push_back({kind, guard});
      }
    }
  };
  add_others(before, after, Change::Kind::removed);
  add_others(after, before, Change::Kind::added);
  return changes;
}

void compare_arguments(const std::string& what, const std::vector<Argument>& before,
                       const std::vector<Argument>& after, const GraphDifference& graphs,
                       Change& change) {
  bool is_same = before.size() == after.size();
  for (std::size_t i = 0; is_same && i < before.size(); ++i) {
    is_same = graphs.same_argument(before[i], after[i]);
  }
  const auto text = [](const std::vector<Argument>& arguments) {
    std::vector<std::string> texts;
    for (const auto& argument : arguments) texts.push_back(argument_text(argument));
    return "(" + c10::Join(", ", texts) + ")";
  };
  if (!is_same) change.details.push_back({what, text(before), text(after)});
}

Change call_change(const ModuleCallEntry& before, const ModuleCallEntry& after,
                   const GraphDifference& graphs) {
  Change change{Change::Kind::changed, before.fqn.empty() ? "the model" : before.fqn};
  if (!before.signature || !after.signature) {
    const auto text = [](const auto& entry) { return entry.signature ? "kept" : "not kept"; };
    if (before.signature || after.signature) {
      change.details.push_back({"its signature", text(before), text(after)});
    }
    return change;
  }
  const ModuleCallSignature &old = *before.signature, &now = *after.signature;
  compare_arguments("takes", old.inputs, now.inputs, graphs, change);
  compare_arguments("gives", old.outputs, now.outputs, graphs, change);
  const auto compare = [&](const char* what, const std::string& left, const std::string& right) {
    if (left != right) change.details.push_back({what, left, right});
  };
  compare("structure of inputs", old.in_spec, now.in_spec);
  compare("structure of outputs", old.out_spec, now.out_spec);
  const auto names = [](const ModuleCallSignature& signature) {
    return signature.forward_arg_names ? c10::Join(", ", *signature.forward_arg_names)
                                       : std::string("not known");
  };
  compare("names of arguments", names(old), names(now));
  return change;
}

/// A module that is called twice has two entries: the first stands for the first.
Changes call_changes(const std::vector<ModuleCallEntry>& before,
                     const std::vector<ModuleCallEntry>& after, const GraphDifference& graphs) {
  Changes changes;
  std::vector<bool> is_used(after.size());
  for (const auto& entry : before) {
    std::size_t j = 0;
    while (j < after.size() && (is_used[j] || after[j].fqn != entry.fqn)) ++j;
    if (j == after.size()) {
      changes.push_back({Change::Kind::removed, entry.fqn});
      continue;
    }
    is_used[j] = true;
    Change change = call_change(entry, after[j], graphs);
    if (!change.details.empty()) changes.push_back(std::move(change));
  }
  for (std::size_t j = 0; j < after.size(); ++j) {
    if (!is_used[j]) changes.push_back({Change::Kind::added, after[j].fqn});
  }
  return changes;
}

Changes file_changes(const OrderedMap<RawBytes>& before, const OrderedMap<RawBytes>& after) {
  Changes changes;
  for (const auto& entry : before) {
    const auto* other = after.find(entry.key());
    if (other == nullptr) {
      changes.push_back({Change::Kind::removed, entry.key()});
    } else if (other->view != entry.value().view) {
      changes.push_back({Change::Kind::changed,
                         entry.key(),
                         {{"content", c10::str(entry.value().view.size(), " bytes"),
                           c10::str(other->view.size(), " bytes")}}});
    }
  }
  for (const auto& entry : after) {
    if (!before.contains(entry.key())) changes.push_back({Change::Kind::added, entry.key()});
  }
  return changes;
}

}  // namespace

Difference difference(const ExportedProgram& before, const ExportedProgram& after,
                      const DifferenceOptions& options) {
  const Program &old = before.program(), &now = after.program();
  Renaming symbols;
  GraphDifference graphs(program_side(old.graph_module), program_side(now.graph_module), symbols,
                         options);
  Difference result;
  const auto add = [&](const std::string& name, Changes changes) {
    if (!changes.empty()) result.parts.push_back({name, std::move(changes)});
  };
  add("program", program_changes(old, now, options.metadata));
  Changes signature = graphs.inputs();
  append(graphs.outputs(), signature);
  add("signature", std::move(signature));
  Changes nodes = graphs.nodes();
  add(c10::str("graph (", old.graph_module.graph.num_nodes(), " nodes and ",
               now.graph_module.graph.num_nodes(), ", of which ", graphs.same_nodes(),
               " are the same)"),
      std::move(nodes));
  add("range constraints", range_changes(old, now, symbols));
  add("guards", guard_changes(old.guards_code, now.guards_code));
  add("module calls",
      call_changes(old.graph_module.module_call_graph, now.graph_module.module_call_graph, graphs));
  add("weights", payload_changes(old.weights, now.weights));
  add("constants", payload_changes(old.constants, now.constants));
  add("example inputs", example_input_changes(old.example_inputs, now.example_inputs));
  add("extra files", file_changes(old.extra_files, now.extra_files));
  return result;
}

}  // namespace roundtrip
