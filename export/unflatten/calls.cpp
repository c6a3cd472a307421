#include "export/unflatten/calls.h"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "export/program/fx/graph.h"

namespace roundtrip {
namespace {

std::string text_of(const FxArgument& argument) {
  if (argument.kind == FxArgument::Kind::literal) return argument.literal;
  if (argument.kind == FxArgument::Kind::node) return "%" + std::to_string(argument.node);
  std::string text = "(";
  for (std::size_t i = 0; i < argument.items.size(); ++i) {
    if (i < argument.keys.size()) text += argument.keys[i] + ":";
    text += text_of(argument.items[i]) + ",";
  }
  return text + ")";
}

/// What a module's graph does, without names: equal texts do the same.
std::string behaviour(const ModuleNode& module) {
  std::string text;
  for (const StateInput& state : module.state) text += state.path + "\n";
  if (module.signature) text += module.signature->in_spec + module.signature->out_spec + "\n";
  SymbolText symbols;
  for (const FxNode& node : make_fx_graph(*module.graph, nullptr, symbols).nodes) {
    const bool is_call = node.target == kCallModule;
    text += node.op == FxNode::Op::placeholder ? "input" : node.target;
    for (std::size_t i = is_call ? 1 : 0; i < node.args.size(); ++i) {
      text += " " + text_of(node.args[i]);
    }
    for (const auto& [key, argument] : node.kwargs) text += " " + key + "=" + text_of(argument);
    text += "\n";
  }
  for (const Node& node : module.graph->nodes()) {
    const std::string* path = called_module(node);
    if (path == nullptr) continue;
    const ModuleNode* called = &module;
    for (const std::string& name : split_path(*path)) called = find_child(*called, name).get();
    text += "{" + behaviour(*called) + "}\n";
  }
  return text;
}

void redirect(ModuleNode& caller, const std::string& from, const std::string& to) {
  for (Node& node : caller.graph->nodes()) {
    const std::string* path = called_module(node);
    if (path != nullptr && *path == from) node.set_input(0, {to});
  }
}

ModuleNodePtr parent_of(const OutlinedCall& call) {
  return find_parent(call.parent, call.accessor());
}

/// Names of the calls in whose place an earlier one is called.
using Redirections = std::unordered_set<std::string>;

void merge_equal(const std::vector<OutlinedCall>& calls, Redirections& redirected) {
  std::vector<std::string> behaviours;
  for (const OutlinedCall& call : calls) {
    if (calls.size() > 1) behaviours.push_back(behaviour(*call.module));
  }
  for (std::size_t i = 1; i < calls.size(); ++i) {
    const OutlinedCall& call = calls[i];
    bool is_merged = false;
    for (std::size_t j = 0; j < i; ++j) {
      const OutlinedCall& seen = calls[j];
      if (behaviours[i] != behaviours[j]) continue;
      if (seen.path == call.path) {
        remove_child(*parent_of(call), last_name(call.accessor()));
        const OutlinedCall target{seen.path,        seen.key,    seen.call,
                                  call.parent_path, call.parent, seen.module};
        redirect(*call.parent, call.accessor(), target.accessor());
        redirected.insert(call_name(call.path, call.call));
        break;
      }
      if (!is_merged) set_child(*parent_of(call), last_name(call.accessor()), seen.module);
      is_merged = true;
    }
  }
}

/// A module with a signature stands in the tree once, with all its calls.
void join(const std::vector<OutlinedCall>& calls, const Redirections& redirected) {
  std::unordered_map<std::string, const OutlinedCall*> first;
  for (const OutlinedCall& call : calls) {
    if (!call.module->signature) continue;
    if (call.call == 0) {
      first[call.path] = &call;
      continue;
    }
    const auto base = first.find(call.path);
    if (base == first.end()) continue;
    if (redirected.count(call_name(call.path, call.call)) > 0) continue;
    ModuleNode& module = *base->second->module;
    module.later_calls.resize(std::max(module.later_calls.size(), call.call));
    module.later_calls[call.call - 1] = call.module;
    remove_child(*parent_of(call), last_name(call.accessor()));
  }
}

using Places = std::unordered_map<std::string, std::size_t>;

void add_places(const ModuleNode& module, const std::string& prefix, Places& places) {
  for (const auto& [name, child] : *module.children) {
    places.emplace(prefix + name, places.size());
    add_places(*child, prefix + name + ".", places);
  }
}

void sort_children(ModuleNode& module, const std::string& prefix, const Places& places) {
  const auto place = [&](const std::string& name) {
    auto found = places.find(prefix + name);
    if (found == places.end()) found = places.find(without_call(prefix + name));
    return found == places.end() ? places.size() : found->second;
  };
  std::stable_sort(
      module.children->begin(), module.children->end(),
      [&](const auto& left, const auto& right) { return place(left.first) < place(right.first); });
  for (const auto& [name, child] : *module.children) {
    sort_children(*child, prefix + without_call(name) + ".", places);
  }
}

}  // namespace

void merge_calls(const Outline& outline) {
  Redirections redirected;
  for (const auto& calls : outline.calls) merge_equal(calls, redirected);
  for (const auto& calls : outline.calls) join(calls, redirected);
}

void sort_modules(const std::vector<ModuleCallEntry>& entries, const ModuleNodePtr& root) {
  Places places;
  for (const ModuleCallEntry& entry : entries) {
    if (entry.fqn.empty() || entry.fqn.find('@') != std::string::npos) continue;
    places.emplace(entry.fqn, places.size());
  }
  add_places(*root, "", places);
  for (const ModuleCallEntry& entry : entries) {
    if (entry.fqn.find('@') != std::string::npos) continue;
    ModuleNodePtr owner = root;
    for (const std::string& name : split_path(entry.fqn)) {
      if (!find_child(*owner, name)) set_child(*owner, name, std::make_shared<ModuleNode>());
      owner = find_child(*owner, name);
    }
  }
  sort_children(*root, "", places);
}

}  // namespace roundtrip
