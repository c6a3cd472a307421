#include "export/unflatten/graph_text.h"

#include "export/program/fx/graph.h"

namespace roundtrip {
namespace {

/// torch.fx prints literals by `str`: texts without quotes, `cpu` for a device.
std::string literal_text(const std::string& literal) {
  const std::string device = "device(type='";
  if (literal.starts_with(device)) {
    const auto end = literal.find('\'', device.size());
    const auto index = literal.find("index=", end);
    const std::string type = literal.substr(device.size(), end - device.size());
    if (index == std::string::npos) return type;
    return type + ":" + literal.substr(index + 6, literal.size() - index - 7);
  }
  const bool is_quoted = literal.size() > 1 && (literal[0] == '\'' || literal[0] == '"') &&
                         literal.back() == literal[0];
  return is_quoted ? literal.substr(1, literal.size() - 2) : literal;
}

void count_uses(const FxArgument& argument, std::vector<std::size_t>& last_user,
                std::vector<std::size_t>& uses, std::size_t user) {
  if (argument.kind == FxArgument::Kind::node && last_user[argument.node] != user) {
    last_user[argument.node] = user;
    ++uses[argument.node];
  }
  for (const FxArgument& item : argument.items) count_uses(item, last_user, uses, user);
}

/// How many nodes use each node.
std::vector<std::size_t> count_users(const FxGraph& graph) {
  std::vector<std::size_t> uses(graph.nodes.size());
  std::vector<std::size_t> last_user(graph.nodes.size(), graph.nodes.size());
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    for (const FxArgument& argument : graph.nodes[i].args) count_uses(argument, last_user, uses, i);
    for (const auto& [key, argument] : graph.nodes[i].kwargs) {
      count_uses(argument, last_user, uses, i);
    }
  }
  return uses;
}

class GraphPrinter {
 public:
  explicit GraphPrinter(const ModuleNode& module)
      : module_(module),
        graph_(make_fx_graph(*module.graph, module.root ? &module.root->signature : nullptr,
                             symbols_)) {}

  std::string print() {
    const std::vector<std::size_t> users = count_users(graph_);
    std::string text = "graph():";
    std::size_t placeholder = 0;
    for (std::size_t i = 0; i < graph_.nodes.size(); ++i) {
      const FxNode& node = graph_.nodes[i];
      text += "\n    ";
      if (node.op == FxNode::Op::output) {
        text += "return " + outputs_text(node.args.front());
        continue;
      }
      text += "%" + node.name + " : [num_users=" + std::to_string(users[i]) + "] = ";
      text +=
          node.op == FxNode::Op::placeholder ? input_text(node, placeholder++) : call_text(node);
    }
    return text + "\n";
  }

 private:
  /// Several results of a submodule are a list, those of the program a tuple.
  std::string outputs_text(FxArgument outputs) const {
    const bool is_tuple = outputs.kind == FxArgument::Kind::tuple;
    if (is_tuple && !module_.root) outputs.kind = FxArgument::Kind::list;
    return argument_text(outputs, "");
  }

  std::string input_text(const FxNode& node, std::size_t index) const {
    if (index < module_.num_arguments()) {
      const std::string& given = module_.argument_names[index];
      return "placeholder[target=" + (given.empty() ? node.target : given) + "]";
    }
    return "get_attr[target=" + module_.state[index - module_.num_arguments()].path + "]";
  }

  std::string call_text(const FxNode& node) const {
    if (node.op == FxNode::Op::get_attr) return "get_attr[target=" + node.target + "]";
    std::string text = "call_function[target=";
    std::string target =
        node.target.starts_with("_operator.") ? node.target.substr(1) : node.target;
    std::size_t first = 0;
    if (node.target == kCallModule) {
      text = "call_module[target=";
      target = literal_text(node.args[first++].literal);
    }
    text += target + "](args = (";
    for (std::size_t i = first; i < node.args.size(); ++i) {
      text += (i > first ? ", " : "") + argument_text(node.args[i]);
    }
    if (node.args.size() == first + 1) text += ",";
    text += "), kwargs = {";
    for (std::size_t i = 0; i < node.kwargs.size(); ++i) {
      text +=
          (i > 0 ? ", " : "") + node.kwargs[i].first + ": " + argument_text(node.kwargs[i].second);
    }
    return text + "})";
  }

  std::string argument_text(const FxArgument& argument, const char* mark = "%") const {
    using Kind = FxArgument::Kind;
    if (argument.kind == Kind::literal) return literal_text(argument.literal);
    if (argument.kind == Kind::node) return mark + graph_.nodes[argument.node].name;
    const char* brackets = argument.kind == Kind::tuple  ? "()"
                           : argument.kind == Kind::list ? "[]"
                                                         : "{}";
    std::string text(1, brackets[0]);
    for (std::size_t i = 0; i < argument.items.size(); ++i) {
      if (i > 0) text += ", ";
      if (i < argument.keys.size()) text += literal_text(argument.keys[i]) + ": ";
      text += argument_text(argument.items[i], mark);
    }
    if (argument.kind == Kind::tuple && argument.items.size() == 1) text += ",";
    return text + brackets[1];
  }

  const ModuleNode& module_;
  SymbolText symbols_;
  FxGraph graph_;
};

std::string class_name(const ModuleNode& module) {
  if (module.root) return "UnflattenedModule";
  if (module.replacement) return "roundtrip.Module";
  if (!module.later_calls.empty()) return "InterpreterModuleDispatcher";
  return module.graph || module.has_called_child ? "InterpreterModule" : "Module";
}

std::string brackets(const std::string& children, const std::string& indent) {
  return "(" + children + (children.empty() ? ")" : "\n" + indent + ")");
}

/// The graphs that calls of control flow and of regions have, which are modules in Python.
std::string subgraphs_text(const Graph& graph, const GraphSignature* signature,
                           const std::string& indent) {
  SymbolText symbols;
  std::string text;
  for (const auto& [name, subgraph] : make_fx_graph(graph, signature, symbols).subgraphs) {
    text += "\n" + indent + "  (" + name + "): GraphModule" +
            brackets(subgraphs_text(*subgraph, nullptr, indent + "  "), indent + "  ");
  }
  return text;
}

std::string tree_text(const ModuleNode& module, const std::string& indent) {
  std::string children;
  for (const auto& [name, child] : *module.children) {
    children += "\n" + indent + "  (" + name + "): " + tree_text(*child, indent + "  ");
  }
  if (module.graph) {
    const GraphSignature* signature = module.root ? &module.root->signature : nullptr;
    children += subgraphs_text(*module.graph, signature, indent);
  }
  return class_name(module) + brackets(children, indent);
}

}  // namespace

std::string graph_text(const ModuleNode& module) {
  if (module.graph) return GraphPrinter(module).print();
  return module.has_called_child ? "graph():\n" : "";
}

std::string tree_text(const ModuleNode& module) {
  return tree_text(module, "");
}

}  // namespace roundtrip
