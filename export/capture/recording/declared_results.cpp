#include "export/capture/recording/declared_results.h"

#include <roundtrip/meta_kernel.h>

#include <algorithm>
#include <utility>

#include "export/dispatch/tensor_values.h"
#include "export/operators/schema.h"
#include "export/shapes/result_layout.h"
#include "export/shapes/shape_tensor.h"
#include "export/symbolic/expr/algebra.h"
#include "export/tracing/layouts.h"
#include "export/tracing/sym_node.h"
#include "export/tracing/traced_tensor.h"

namespace roundtrip {
namespace {

using c10::IValue;
using torch::jit::Stack;

/// The unbacked symbols that a kernel of shapes asks for while it runs.
class NewSizes {
 public:
  explicit NewSizes(Recorder& recorder)
      : recorder_(recorder), outer_(std::exchange(current_, this)) {}
  ~NewSizes() { current_ = outer_; }
  NewSizes(const NewSizes&) = delete;
  NewSizes& operator=(const NewSizes&) = delete;

  static NewSizes* current() { return current_; }

  /// Its value in this run is known when the kernel is through.
  c10::SymInt make(std::int64_t min, std::optional<std::int64_t> max) {
    c10::SymInt size = recorder_.numbers().new_size(min, max);
    symbols_.push_back(expr_of(size));
    if (min > 0) recorder_.symbols()->require(greater_equal(symbols_.back(), integer(min)));
    return size;
  }

  std::vector<Expr>& symbols() { return symbols_; }

 private:
  static thread_local NewSizes* current_;

  Recorder& recorder_;
  NewSizes* outer_;
  std::vector<Expr> symbols_;
};

thread_local NewSizes* NewSizes::current_ = nullptr;

bool has_new_results(const c10::FunctionSchema& schema) {
  return !std::all_of(schema.returns().begin(), schema.returns().end(), is_written);
}

/// What a kernel of shapes said, held against what the operator gave.
class Comparison {
 public:
  Comparison(const c10::OperatorHandle& op, Symbols& symbols, const Stack& declared,
             const Stack& results)
      : op_(op), env_(symbols.env), shapes_(shapes::shapes_of(declared)) {
    for (const IValue& result : results) add_tensors(result);
    if (declared.size() != results.size() || shapes_.size() != tensors_.size()) fail();
    for (std::size_t i = 0; i < shapes_.size(); ++i) add_sizes(shapes_[i], tensors_[i]);
    for (std::size_t i = 0; i < results.size(); ++i) add_number(declared[i], results[i]);
  }

  /// Finds the values in this run of the new symbols, each of which has to be some size or
  /// number of the results, times a constant.
  void solve(std::vector<Expr> unknown) {
    for (const auto& [expr, value] : pairs_) solve(expr, value, unknown);
    std::erase_if(unknown, [this](const Expr& symbol) { return is_replaced(symbol); });
    if (unknown.empty()) return;
    throw CaptureError(c10::str(
        "the Meta kernel of ", op_.operator_name(), " makes the size ", to_string(unknown.front()),
        ", which is no size of a result, nor a number that it returns, times a constant"));
  }

  void check() const {
    for (const auto& [expr, value] : pairs_) {
      if (to_int(env_.value_in_this_run(expr)) != value) fail();
    }
  }

  std::vector<SymbolicLayout> layouts() const {
    const shapes::ThisRun run(value_in_this_run);
    std::vector<SymbolicLayout> layouts;
    for (std::size_t i = 0; i < shapes_.size(); ++i) {
      auto layout = shapes::result_layout(shapes_[i], tensors_[i], run);
      if (!layout) fail();
      layouts.push_back(std::move(*layout));
    }
    return layouts;
  }

 private:
  void add_tensors(const IValue& result) {
    if (result.isTensor()) tensors_.push_back(result.toTensor());
    if (!result.isTensorList()) return;
    for (const at::Tensor& tensor : result.toTensorVector()) tensors_.push_back(tensor);
  }

  /// The kernel checked that it is another number, which is known.
  bool is_replaced(const Expr& symbol) {
    const Expr number = env_.simplify(symbol);
    if (same(number, symbol)) return false;
    env_.set_value_in_this_run(symbol, to_int(env_.value_in_this_run(number)));
    return true;
  }

  void add_sizes(const shapes::Shape& shape, const at::Tensor& tensor) {
    if (shape.defined != tensor.defined()) fail();
    if (!tensor.defined()) return;
    if (shape.sizes.size() != tensor.sizes().size()) fail();
    for (std::size_t i = 0; i < shape.sizes.size(); ++i) {
      pairs_.emplace_back(expr_of(shape.sizes[i]), tensor.sizes()[i]);
    }
  }

  void add_number(const IValue& declared, const IValue& result) {
    if (result.isInt() && (declared.isInt() || declared.isSymInt())) {
      const auto number = declared.isInt() ? c10::SymInt(declared.toInt()) : declared.toSymInt();
      pairs_.emplace_back(expr_of(number), result.toInt());
    } else if (!result.isTensor() && !result.isTensorList() && declared != result) {
      fail();
    }
  }

  void solve(const Expr& expr, std::int64_t value, std::vector<Expr>& unknown) {
    for (auto symbol = unknown.begin(); symbol != unknown.end(); ++symbol) {
      const auto factor = factor_of(env_.simplify(expr), *symbol);
      if (!factor) continue;
      const auto [min, max] = env_.range_of(*symbol);
      const std::int64_t number = value / *factor;
      if (value % *factor != 0 || number < min.value_or(number) || number > max.value_or(number)) {
        fail();
      }
      env_.set_value_in_this_run(*symbol, number);
      unknown.erase(symbol);
      return;
    }
  }

  [[noreturn]] void fail() const {
    std::string said, gave;
    for (const shapes::Shape& shape : shapes_) said += text_of(shape.sizes);
    for (const at::Tensor& tensor : tensors_) {
      gave += tensor.defined() ? text_of(tensor.sym_sizes()) : "[]";
    }
    throw CaptureError(c10::str("the Meta kernel of ", op_.operator_name(),
                                " does not say what the operator returns: by the kernel results "
                                "have the sizes ",
                                said, ", in this run they have ", gave,
                                "; or its numbers differ from those of this run"));
  }

  static std::string text_of(c10::SymIntArrayRef sizes) {
    std::string text;
    for (const c10::SymInt& size : sizes) {
      text += (text.empty() ? "" : ", ") + to_string(expr_of(size));
    }
    return "[" + text + "]";
  }

  const c10::OperatorHandle& op_;
  ShapeEnv& env_;
  shapes::Shapes shapes_;
  std::vector<at::Tensor> tensors_;
  std::vector<std::pair<Expr, std::int64_t>> pairs_;
};

/// Results that are tensors which the operator wrote to, with the sizes they had.
Stack written_results(const c10::FunctionSchema& schema, const std::vector<IValue>& arguments) {
  Stack results;
  for (const c10::Argument& result : schema.returns()) {
    if (const auto index = written_argument(schema, result)) results.push_back(arguments[*index]);
  }
  return results;
}

/// Of tensors that are written to: an operator that resizes them would change sizes that
/// the program takes to be those from before.
void refuse_resizing(const c10::OperatorHandle& op, const std::vector<IValue>& arguments) {
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    if (!is_written(op.schema().arguments()[i])) continue;
    visit_tensors(arguments[i], [&](const at::Tensor& tensor) {
      const auto* traced = as_traced(tensor);
      if (traced == nullptr) return;
      const auto before = sizes_of(tensor);
      const bool same = std::equal(before.begin(), before.end(), traced->concrete().sizes().begin(),
                                   traced->concrete().sizes().end(),
                                   [](const auto& a, auto b) { return value_in_this_run(a) == b; });
      if (same) return;
      throw CaptureError(c10::str("forward calls ", op.operator_name(),
                                  ", which resizes a tensor that it is given"));
    });
  }
}

Stack run_kernel_of_shapes(const c10::OperatorHandle& op, const std::vector<IValue>& arguments) {
  const auto& name = op.operator_name();
  std::optional<Stack> declared;
  try {
    declared = shapes::run_own_kernel(op, shapes::Call(op.schema(), arguments));
  } catch (const c10::Error& error) {
    throw CaptureError(c10::str(
        "the sizes of what ", name,
        " returns are not known: its Meta or composite kernel failed "
        "on tensors without data, whose dynamic sizes are symbols (read them by sym_sizes()): ",
        error.what_without_backtrace()));
  }
  if (declared) return std::move(*declared);
  throw CaptureError(c10::str(
      "forward calls ", name,
      ", which has neither a Meta nor a composite kernel. Without one the "
      "data in its tensors may decide what it returns, and of which sizes. Register a Meta kernel "
      "(TORCH_LIBRARY_IMPL(",
      op.schema().getNamespace().value_or("library"),
      ", Meta, ...)); a size that data decides is roundtrip::new_dynamic_size() there"));
}

}  // namespace

DeclaredResults declare_results(Recorder& recorder, const c10::OperatorHandle& op,
                                const std::vector<IValue>& arguments, const Stack& results) {
  refuse_resizing(op, arguments);
  NewSizes sizes(recorder);
  Stack declared = has_new_results(op.schema()) ? run_kernel_of_shapes(op, arguments)
                                                : written_results(op.schema(), arguments);
  Comparison comparison(op, *recorder.symbols(), declared, results);
  comparison.solve(std::move(sizes.symbols()));
  comparison.check();
  return {comparison.layouts(), std::move(declared)};
}

c10::SymInt new_dynamic_size(std::int64_t min, std::optional<std::int64_t> max) {
  if (min < 0) throw Error(c10::str("new_dynamic_size: the least size is ", min, ", below 0"));
  NewSizes* sizes = NewSizes::current();
  if (sizes == nullptr) {
    throw Error(
        "new_dynamic_size: data decides this size, so that only the capture of a program has a "
        "symbol for it, in the Meta or composite kernel of an operator");
  }
  return sizes->make(min, max);
}

}  // namespace roundtrip
