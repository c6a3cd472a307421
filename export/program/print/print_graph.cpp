#include "export/program/print/print_graph.h"

#include <roundtrip/error.h>

#include <string_view>
#include <unordered_map>

#include "export/graph/depth.h"
#include "export/graph/names.h"
#include "export/graph/python_functions.h"
#include "export/program/fx/graph.h"
#include "export/program/print/stack_trace.h"

namespace roundtrip {

namespace {

template <typename Visit>
void for_each_node(const FxArgument& argument, const Visit& visit) {
  if (argument.kind == FxArgument::Kind::node) visit(argument.node);
  for (const auto& item : argument.items) for_each_node(item, visit);
}

template <typename Visit>
void for_each_node(const FxNode& node, const Visit& visit) {
  for (const auto& argument : node.args) for_each_node(argument, visit);
  for (const auto& [name, argument] : node.kwargs) for_each_node(argument, visit);
}

/// For every node, the nodes that nothing uses after it, itself last.
std::vector<std::vector<std::size_t>> last_uses(const std::vector<FxNode>& nodes) {
  std::vector<std::vector<std::size_t>> freed(nodes.size());
  std::vector<bool> is_used(nodes.size());
  for (std::size_t user = nodes.size(); user-- > 0;) {
    bool unused = !is_used[user];
    for_each_node(nodes[user], [&](std::size_t input) {
      if (!is_used[input]) freed[user].push_back(input);
      is_used[input] = true;
    });
    if (unused) freed[user].push_back(user);
  }
  return freed;
}

/// Prints one graph's `forward`.
class FunctionPrinter {
 public:
  explicit FunctionPrinter(const FxGraph& graph) : nodes_(graph.nodes) {
    for (const char* name : {"inf", "nan", "NoneType", "torch", "device", "fx_pytree", "pytree"}) {
      names_.create(name);
    }
  }

  std::string print() {
    auto freed = last_uses(nodes_);
    for (std::size_t i = 0; i < nodes_.size(); ++i) print_node(nodes_[i], freed[i]);
    return "def forward(" + parameters_ + "):\n" + indent(body_);
  }

 private:
  void print_node(const FxNode& node, const std::vector<std::size_t>& freed);
  void print_placeholder(const FxNode& node);
  void print_comment(const FxNode& node);
  std::string right_side(const FxNode& node);
  std::string call(const FxNode& node);
  std::string function_name(const std::string& target);
  std::string argument(const FxArgument& argument);
  std::string items(const FxArgument& argument);

  static std::string annotation(const FxNode& node) {
    return node.annotation.empty() ? "" : ": \"" + node.annotation + "\"";
  }

  /// Every line of the body, blank ones too; none at its start.
  static std::string indent(const std::string& body) {
    std::string indented = "    ";
    for (char c : body.substr(std::min(body.find_first_not_of('\n'), body.size()))) {
      indented += c;
      if (c == '\n') indented += "    ";
    }
    return indented;
  }

  const std::vector<FxNode>& nodes_;
  FxNamespace names_;
  std::vector<std::string> printed_;  ///< the nodes' names in the code
  std::unordered_map<std::string, std::string> globals_;
  std::string parameters_ = "self";
  std::string body_;
  std::string last_comment_;
};

void FunctionPrinter::print_placeholder(const FxNode& node) {
  parameters_ += ", " + node.target + annotation(node);
  printed_.push_back(names_.create(node.name));
  if (printed_.back() != node.target) body_ += printed_.back() + " = " + node.target + "\n";
}

void FunctionPrinter::print_comment(const FxNode& node) {
  auto comment = node_comment(node.metadata);
  if (comment == last_comment_) return;
  body_ += "\n" + comment + "\n";
  last_comment_ = std::move(comment);
}

void FunctionPrinter::print_node(const FxNode& node, const std::vector<std::size_t>& freed) {
  if (node.op == FxNode::Op::placeholder) return print_placeholder(node);
  if (node.op == FxNode::Op::output) {
    body_ += "return " + argument(node.args[0]) + "\n";
    return;
  }
  print_comment(node);
  auto function = node.op == FxNode::Op::get_attr ? "self." + node.target : right_side(node);
  printed_.push_back(names_.create(node.name));
  body_ += printed_.back() + annotation(node) + " = " + function;
  if (!freed.empty()) {
    body_ += ";  ";
    for (auto index : freed) body_ += printed_[index] + " = ";
    body_ += "None";
  }
  body_ += "\n";
}

std::string FunctionPrinter::right_side(const FxNode& node) {
  const PythonFunction* function = find_python_function(node.target);
  if (function == nullptr || function->pattern.empty()) return call(node);
  std::string text;
  std::string_view rest = function->pattern;
  for (const auto& operand : node.args) {
    auto place = rest.find("{}");
    if (place == rest.npos) break;
    text.append(rest.substr(0, place)).append(argument(operand));
    rest.remove_prefix(place + 2);
  }
  return text.append(rest);
}

std::string FunctionPrinter::call(const FxNode& node) {
  auto text = function_name(node.target) + "(";
  const char* separator = "";
  for (const auto& value : node.args) {
    text.append(separator).append(argument(value));
    separator = ", ";
  }
  for (const auto& [name, value] : node.kwargs) {
    text.append(separator).append(name).append(" = ").append(argument(value));
    separator = ", ";
  }
  return text + ")";
}

/// torch's functions by their full name; others are globals of the code.
std::string FunctionPrinter::function_name(const std::string& target) {
  if (target.starts_with("torch.")) return target;
  if (target.starts_with("builtins.")) return target.substr(target.find('.') + 1);
  auto [global, is_new] = globals_.try_emplace(target);
  if (is_new) global->second = names_.create(target);
  return global->second;
}

std::string FunctionPrinter::items(const FxArgument& argument) {
  std::string text;
  for (std::size_t i = 0; i < argument.items.size(); ++i) {
    if (i > 0) text += ", ";
    if (!argument.keys.empty()) text += argument.keys[i] + ": ";
    text += this->argument(argument.items[i]);
  }
  return text;
}

std::string FunctionPrinter::argument(const FxArgument& argument) {
  switch (argument.kind) {
    case FxArgument::Kind::literal:
      return argument.literal;
    case FxArgument::Kind::node:
      return printed_.at(argument.node);
    case FxArgument::Kind::tuple:
      return "(" + items(argument) + (argument.items.size() == 1 ? ",)" : ")");
    case FxArgument::Kind::list:
      return "[" + items(argument) + "]";
    case FxArgument::Kind::dict:
      return "{" + items(argument) + "}";
  }
  return {};
}

/// All lines but the first; blank lines become empty.
std::string indent_block(const std::string& text) {
  std::string indented;
  std::size_t start = 0;
  while (true) {
    auto end = text.find('\n', start);
    auto line = std::string_view(text).substr(start, end - start);
    bool blank = line.find_first_not_of(' ') == line.npos;
    if (start > 0 && !blank) indented += "    ";
    if (start == 0 || !blank) indented += line;
    if (end == text.npos) return indented;
    indented += '\n';
    start = end + 1;
  }
}

std::string print_module(const Graph& graph, const GraphSignature* signature,
                         const std::string& class_name, SymbolText& symbols, int depth) {
  if (depth > kMaxGraphDepth) throw ProgramError("the subgraphs are nested too deeply");
  auto fx_graph = make_fx_graph(graph, signature, symbols);
  auto code = "class " + class_name + "(torch.nn.Module):\n" + FunctionPrinter(fx_graph).print();
  std::string submodules;
  for (const auto& [name, subgraph] : fx_graph.subgraphs) {
    submodules += "\n" + print_module(*subgraph, nullptr, name, symbols, depth + 1);
  }
  return indent_block(code) + indent_block(submodules);
}

}  // namespace

std::string print_graph(const Graph& graph, const GraphSignature* signature,
                        const std::string& class_name, SymbolText& symbols) {
  return print_module(graph, signature, class_name, symbols, 0);
}

}  // namespace roundtrip
