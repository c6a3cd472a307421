#include "export/torchscript/evaluator.h"

#include <roundtrip/error.h>
#include <torch/csrc/jit/api/function_impl.h>

#include "export/dispatch/metadata_scope.h"
#include "export/torchscript/data_numbers.h"
#include "export/torchscript/leaves.h"
#include "export/torchscript/source.h"

namespace roundtrip {
namespace {

using c10::IValue;

/// What is wrong, with the place in the model's source, said once.
template <typename E>
class Located final : public E {
 public:
  Located(const std::string& reason, const jit::Node& node)
      : E(reason + "\n  in " + place_of(node)) {}
};

/// Puts a text back when it goes.
class Restored {
 public:
  explicit Restored(std::string& text) : text_(text), saved_(text) {}
  ~Restored() { text_ = saved_; }
  Restored(const Restored&) = delete;
  Restored& operator=(const Restored&) = delete;

 private:
  std::string& text_;
  std::string saved_;
};

/// The last entry of a stack of modules.
std::string innermost(const std::string& stack) {
  const auto separator = stack.rfind(';');
  return separator == std::string::npos ? stack : stack.substr(separator + 1);
}

}  // namespace

Evaluator::Evaluator(const jit::Module& model) : attributes(model) {
  for (const auto& attribute : model.attributes()) model_memory.add(attribute);
}

IValue Evaluator::convert(jit::Function& method, jit::Stack arguments) {
  const auto& type = *method.getSchema().returns().at(0).type();
  Tree result = tree_of(call(method, std::move(arguments)), type);
  visit_numbers(result, [](IValue& number) {
    if (number.isTensor()) number = symbolic_number(number.toTensor());
  });
  return attributes.write_buffers(value_of(result));
}

IValue Evaluator::call(jit::Function& function, jit::Stack arguments) {
  auto* graph_function = jit::tryToGraphFunction(function);
  if (graph_function == nullptr) {
    throw UnsupportedError("the model calls " + function.qualname().qualifiedName() +
                           ", which is no TorchScript but code of a library");
  }
  const Restored outer_stack(module_stack_);
  const Restored outer_function(function_);
  function_ = function.name();
  if (!arguments.empty() && arguments[0].isObject()) {
    const std::string* entry = attributes.module_entry(arguments[0]);
    if (entry != nullptr && innermost(module_stack_) != *entry) {
      module_stack_ += (module_stack_.empty() ? "" : ";") + *entry;
    }
  }
  graph_function->ensure_defined();
  const auto graph = graph_function->graph();
  ScriptFrame frame;
  frame.set(graph->inputs(), std::move(arguments));
  return run(*graph->block(), frame).at(0);
}

void Evaluator::run(const jit::Node& node, ScriptFrame& frame) {
  Metadata metadata;
  if (std::string trace = stack_trace_of(node, function_); !trace.empty()) {
    metadata.emplace_back("stack_trace", std::move(trace));
  }
  metadata.emplace_back("nn_module_stack", module_stack_);
  const MetadataScope scope(std::move(metadata));
  try {
    dispatch(node, frame);
  } catch (const Located<UnsupportedError>&) {
    throw;
  } catch (const Located<CaptureError>&) {
    throw;
  } catch (const UnsupportedError& error) {
    throw Located<UnsupportedError>(error.what(), node);
  } catch (const c10::Error& error) {
    throw Located<CaptureError>(error.what_without_backtrace(), node);
  } catch (const std::exception& error) {
    throw Located<CaptureError>(error.what(), node);
  }
}

void Evaluator::dispatch(const jit::Node& node, ScriptFrame& frame) {
  const NodeHandler handler = structure_handler(node.kind());
  if (handler == nullptr) return GraphRunner::run(node, frame);
  handler(*this, node, frame);
}

void Evaluator::start_iteration(std::int64_t /*index*/) {
  constexpr std::int64_t kMost = 1'000'000;
  if (++iterations_ <= kMost) return;
  throw UnsupportedError(c10::str("the model's loops iterate more than ", kMost,
                                  " times; a program would have to hold every iteration"));
}

void Evaluator::add_own(const IValue& container) {
  if (!own_containers_.empty()) own_containers_.back().insert(container.internalToPointer());
}

void Evaluator::require_own(const IValue& container) const {
  if (own_containers_.empty()) return;
  if (own_containers_.back().count(container.internalToPointer()) > 0) return;
  throw UnsupportedError(
      "a branch or loop that data decides changes a list, dict or object from outside of it, which "
      "a program cannot: return the values from it as tensors");
}

}  // namespace roundtrip
