#include "export/torchscript/unsafe_operators.h"

#include <roundtrip/error.h>
#include <torch/csrc/jit/api/function_impl.h>

#include <algorithm>
#include <unordered_set>

#include "export/torchscript/source.h"

namespace roundtrip {
namespace {

using torch::jit::Node;
namespace attr = torch::jit::attr;

/// `aten::save(t item, str filename)`, `aten::from_file(str filename, ...)`: operators
/// that take a file say so in their schemas.
bool takes_file(const Node& node) {
  const auto* schema = node.maybeSchema();
  if (schema == nullptr) return false;
  const auto& arguments = schema->arguments();
  return std::any_of(arguments.begin(), arguments.end(), [](const c10::Argument& argument) {
    return argument.type()->kind() == c10::TypeKind::StringType &&
           (argument.name() == "filename" || argument.name() == "path");
  });
}

bool has_class(const c10::Type& type) {
  const c10::TypeKind kind = type.kind();
  if (kind == c10::TypeKind::ClassType || kind == c10::TypeKind::InterfaceType) return true;
  return std::any_of(type.containedTypes().begin(), type.containedTypes().end(),
                     [](const c10::TypePtr& part) { return has_class(*part); });
}

/// A cast that nothing checks: attributes would be read by their places in another class.
/// That of an optional object, which is an object or None, is harmless.
bool casts_to_class(const Node& node) {
  if (node.kind() != c10::prim::unchecked_cast) return false;
  const c10::TypePtr& from = node.input()->type();
  const c10::TypePtr& to = node.output()->type();
  return has_class(*to) && !from->isSubtypeOf(*c10::OptionalType::create(to));
}

/// Walks through everything that a model's methods may run, each function once.
class Walk {
 public:
  void visit(const c10::ClassType& type) {
    for (torch::jit::Function* method : type.methods()) visit(*method);
  }

 private:
  void visit(torch::jit::Function& function) {
    auto* graph_function = torch::jit::tryToGraphFunction(function);
    if (graph_function == nullptr || !seen_.insert(&function).second) return;
    graph_function->ensure_defined();
    visit(*graph_function->graph()->block());
  }

  void visit(const torch::jit::Block& block) {
    for (const Node* node : block.nodes()) {
      if (takes_file(*node)) {
        throw UnsupportedError("the model reads or writes a file, which a program may not\n  in " +
                               place_of(*node));
      }
      if (casts_to_class(*node)) {
        throw UnsupportedError("the model takes a value for an object of " +
                               node->output()->type()->annotation_str() + " unchecked\n  in " +
                               place_of(*node));
      }
      for (const auto* inner : node->blocks()) visit(*inner);
      visit_called(*node);
    }
  }

  void visit_called(const Node& node) {
    if (node.hasAttribute(attr::Subgraph)) visit(*node.g(attr::Subgraph)->block());
    for (const auto* input : node.inputs()) {
      if (const auto type = input->type()->cast<c10::FunctionType>()) visit(*type->function());
      if (const auto type = input->type()->cast<c10::ClassType>()) visit(*type);
    }
  }

  std::unordered_set<const torch::jit::Function*> seen_;
};

}  // namespace

void refuse_unsafe_operators(const torch::jit::Module& model) {
  Walk walk;
  for (const auto& module : model.modules()) walk.visit(*module.type());
}

}  // namespace roundtrip
