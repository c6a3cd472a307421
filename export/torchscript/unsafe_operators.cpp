#include "export/torchscript/unsafe_operators.h"

#include <roundtrip/error.h>
#include <torch/csrc/jit/api/function_impl.h>

#include <algorithm>
#include <functional>
#include <unordered_set>

#include "export/torchscript/source.h"

namespace roundtrip {
namespace {

namespace attr = jit::attr;

/// `aten::save(t item, str filename)`, `aten::from_file(str filename, ...)`: operators
/// that take a file say so in their schemas.
bool takes_file(const jit::Node& node) {
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
bool casts_to_class(const jit::Node& node) {
  if (node.kind() != c10::prim::unchecked_cast) return false;
  const c10::TypePtr& from = node.input()->type();
  const c10::TypePtr& to = node.output()->type();
  return has_class(*to) && !from->isSubtypeOf(*c10::OptionalType::create(to));
}

/// Throws for a node that no program may have.
using Refuse = std::function<void(const jit::Node& node)>;

/// Walks through everything that a model's methods may run, each function once.
class Walk {
 public:
  explicit Walk(Refuse refuse) : refuse_(std::move(refuse)) {}

  void visit(const c10::ClassType& type) {
    for (jit::Function* method : type.methods()) visit(*method);
  }

 private:
  void visit(jit::Function& function) {
    auto* graph_function = jit::tryToGraphFunction(function);
    if (graph_function == nullptr || !seen_.insert(&function).second) return;
    graph_function->ensure_defined();
    visit(*graph_function->graph()->block());
  }

  void visit(const jit::Block& block) {
    for (const jit::Node* node : block.nodes()) {
      refuse_(*node);
      for (const auto* inner : node->blocks()) visit(*inner);
      visit_called(*node);
    }
  }

  void visit_called(const jit::Node& node) {
    if (node.hasAttribute(attr::Subgraph)) visit(*node.g(attr::Subgraph)->block());
    for (const auto* input : node.inputs()) {
      if (const auto type = input->type()->cast<c10::FunctionType>()) visit(*type->function());
      if (const auto type = input->type()->cast<c10::ClassType>()) visit(*type);
    }
  }

  const Refuse refuse_;
  std::unordered_set<const jit::Function*> seen_;
};

void walk_model(const jit::Module& model, Refuse refuse) {
  Walk walk(std::move(refuse));
  for (const auto& module : model.modules()) walk.visit(*module.type());
}

void refuse_unsafe(const jit::Node& node) {
  if (takes_file(node)) {
    throw UnsupportedError("the model reads or writes a file, which a program may not\n  in " +
                           place_of(node));
  }
  if (casts_to_class(node)) {
    throw UnsupportedError("the model takes a value for an object of " +
                           node.output()->type()->annotation_str() + " unchecked\n  in " +
                           place_of(node));
  }
}

void refuse_placed_autocast(const jit::Node& node) {
  if (node.kind() != c10::prim::Enter) return;
  try {
    refuse_autocast(node);
  } catch (const UnsupportedError& error) {
    throw UnsupportedError(std::string(error.what()) + "\n  in " + place_of(node));
  }
}

}  // namespace

void refuse_unsafe_operators(const jit::Module& model) {
  walk_model(model, refuse_unsafe);
}

void refuse_foreign_operators(const jit::Module& model, const AllowedOperators& allowed) {
  if (allowed.all) return;
  std::unordered_set<std::string> spaces(allowed.namespaces.begin(), allowed.namespaces.end());
  spaces.insert({"aten", "prim", "prims"});
  std::unordered_set<std::string> operators;  // a node knows no overload
  for (const std::string& name : allowed.operators) {
    operators.insert(name.substr(0, name.find('.')));
  }
  walk_model(model, [&](const jit::Node& node) {
    const std::string space = node.kind().ns().toUnqualString();
    if (spaces.contains(space) || operators.contains(node.kind().toQualString())) return;
    throw UnsupportedError("operators of the namespace '" + space +
                           "' may not be called; if you trust it, allow it in "
                           "load_torchscript's `allowed` (pt2: --allow " +
                           space + ")\n  in " + place_of(node));
  });
}

void refuse_autocast(const jit::Node& node) {
  const std::string name = node.input()->type()->annotation_str();
  if (name.find("autocast") == std::string::npos) return;
  throw UnsupportedError(
      "autocast regions in a TorchScript model are not supported: convert tensors by to(dtype)");
}

void refuse_autocast(const jit::Module& model) {
  walk_model(model, refuse_placed_autocast);
}

}  // namespace roundtrip
