#include <ATen/ATen.h>
#include <c10/util/StringUtil.h>
#include <roundtrip/control_flow.h>
#include <roundtrip/pytree.h>

#include <algorithm>

#include "export/dispatch/capture_handler.h"
#include "export/dispatch/plain_control_flow.h"

namespace roundtrip {
namespace {

bool all_tensors(const Values& leaves) {
  return std::all_of(leaves.begin(), leaves.end(),
                     [](const Value& leaf) { return leaf.is_tensor(); });
}

bool is_carried(const Value& leaf) {
  return leaf.is_sym_int() || leaf.is_tensor();
}

bool is_plain_number(const Value& value) {
  return value.is_bool() || value.is_int() || value.is_double();
}

/// Throws unless all have one size, not 0, along dimension 0.
void require_leading_size(const Values& leaves) {
  if (!all_tensors(leaves) || leaves.empty()) {
    throw InputError("Mapped xs can only consist of tensors.");
  }
  for (const Value& leaf : leaves) {
    const at::Tensor& tensor = leaf.tensor();
    if (tensor.dim() == 0) throw InputError("Mapped xs must have a dimension to map along.");
    if (tensor.sym_size(0) == 0) {
      throw InputError("Leading dimensions of mapped xs cannot be 0.");
    }
    if (tensor.sym_size(0) != leaves[0].tensor().sym_size(0)) {
      throw InputError(c10::str("Leading dimensions of mapped xs must be consistent. Got shapes ",
                                leaves[0].tensor().sym_sizes(), " and ", tensor.sym_sizes(), "."));
    }
  }
}

Value run_map(const GraphFunction& body, const Value& xs, const Values& args) {
  TreeSpec spec;
  const Values leaves = tree_flatten(xs, &spec);
  TreeSpec result_spec;
  Values stacked = plain::map(leaves, [&](Values slices) {
    Values arguments{tree_unflatten(std::move(slices), spec)};
    arguments.insert(arguments.end(), args.begin(), args.end());
    return tree_flatten(body(arguments), &result_spec);
  });
  return tree_unflatten(std::move(stacked), result_spec);
}

Value run_while_loop(const GraphFunction& condition, const GraphFunction& body,
                     const Values& carried) {
  TreeSpec spec;
  Values leaves = tree_flatten(Value::tuple(carried), &spec);
  const auto call = [&](const GraphFunction& function, const Values& leaves) {
    return function(tree_unflatten(leaves, spec).container().items);
  };
  leaves = plain::while_loop(
      std::move(leaves), [&](const Values& leaves) { return call(condition, leaves); },
      [&](const Values& leaves) { return tree_flatten(call(body, leaves)); });
  return tree_unflatten(std::move(leaves), spec);
}

Value run_scan(const GraphFunction& combine, const Value& init, const Value& xs) {
  TreeSpec spec;
  const Values leaves = tree_flatten(xs, &spec);
  TreeSpec result_spec;
  Value carry = init;
  Values stacked = plain::map(leaves, [&](Values slices) {
    const Value result = combine({carry, tree_unflatten(std::move(slices), spec)});
    if (!result.is_container() || result.size() != 2) {
      throw InputError("scan: combine must return a pair (next carry, y), not " +
                       result.type_name());
    }
    carry = result[0];
    return tree_flatten(result[1], &result_spec);
  });
  return Value::tuple({carry, tree_unflatten(std::move(stacked), result_spec)});
}

/// Applies `change` to every tensor of `tree`.
template <typename Change>
Value change_tensors(const Value& tree, Change change) {
  TreeSpec spec;
  Values leaves = tree_flatten(tree, &spec);
  for (Value& leaf : leaves) {
    if (leaf.is_tensor()) leaf = change(leaf.tensor());
  }
  return tree_unflatten(std::move(leaves), spec);
}

/// The dimension as a number from 0 on. Throws for inputs that `scan` cannot take.
std::int64_t scan_dimension(const Values& init, const Values& xs, std::int64_t dim) {
  if (init.empty()) throw InputError("scan() operator requires init leaves.");
  if (!all_tensors(init)) throw InputError("All init leaves must be a Tensor");
  if (!all_tensors(xs)) throw InputError("All xs leaves must be a Tensor");
  const std::int64_t wrapped = dim < 0 ? dim + xs[0].tensor().dim() : dim;
  for (const Value& leaf : xs) {
    const at::Tensor& tensor = leaf.tensor();
    if (wrapped < 0 || tensor.dim() <= wrapped || tensor.sym_size(wrapped) == 0) {
      throw InputError(
          "All xs leaves must at least have 'dim' number of dimensions and scan dimension > 0");
    }
  }
  return wrapped;
}

/// Says that a constant chose a branch while a model was captured, as Python does.
void note_constant_predicate() {
  CaptureHandler* handler = current_handler();
  if (handler == nullptr) return;
  handler->note(
      "Pred is a constant. When used with cond, it specializes on one of the branches. If you want "
      "cond to preserve two branches, please make the predicate a boolean tensor or a SymBool.");
}

}  // namespace

namespace detail {

void throw_count_error(std::size_t parameters, std::size_t arguments) {
  throw InputError("a function of control flow takes " + std::to_string(parameters) +
                   " arguments but " + std::to_string(arguments) + " are given");
}

Value cond(const Value& predicate, const GraphFunction& if_true, const GraphFunction& if_false,
           const Values& operands) {
  if (is_plain_number(predicate)) {
    note_constant_predicate();
    return plain::truth(predicate) ? if_true(operands) : if_false(operands);
  }
  const bool is_truth =
      predicate.is_sym_bool() || (predicate.is_tensor() && predicate.tensor().sym_numel() == 1);
  if (!is_truth) {
    throw InputError("Expected pred to be bool or single-element tensor, but got a " +
                     predicate.type_name());
  }
  if (!all_tensors(tree_flatten(Value::tuple(operands)))) {
    throw InputError(
        "Expect operands to be a tuple of possibly nested dict/list/tuple that only consists of "
        "tensor leaves");
  }
  if (CaptureHandler* handler = current_handler()) {
    return handler->cond(predicate, if_true, if_false, operands);
  }
  return plain::truth(predicate) ? if_true(operands) : if_false(operands);
}

Value while_loop(const GraphFunction& condition, const GraphFunction& body, const Values& carried) {
  CaptureHandler* handler = current_handler();
  if (handler == nullptr) return run_while_loop(condition, body, carried);
  const Values leaves = tree_flatten(Value::tuple(carried));
  if (!std::all_of(leaves.begin(), leaves.end(), is_carried)) {
    throw UnsupportedError(
        "torch.while_loop: Expect carried_inputs to consist of tensors and symbolic integers: a "
        "captured loop carries other numbers as tensors without dimensions");
  }
  return handler->while_loop(condition, body, carried);
}

Value map(const GraphFunction& body, const Value& xs, const Values& args) {
  require_leading_size(tree_flatten(xs));
  CaptureHandler* handler = current_handler();
  if (handler == nullptr) return run_map(body, xs, args);
  if (!all_tensors(tree_flatten(Value::tuple(args)))) {
    throw UnsupportedError(
        "torch._higher_order_ops.map: additional arguments of a captured map are tensors; let the "
        "function capture numbers");
  }
  return handler->map(body, xs, args);
}

Value scan(const GraphFunction& combine, const Value& init, const Value& xs, ScanOptions options) {
  const Values leaves = tree_flatten(xs);
  if (leaves.empty()) return Value::tuple({init, Value::list({})});
  const std::int64_t dim = scan_dimension(tree_flatten(init), leaves, options.dim);
  const Value inputs = change_tensors(xs, [&](const at::Tensor& tensor) {
    const at::Tensor moved = dim != 0 ? tensor.movedim(dim, 0) : tensor;
    return options.reverse ? moved.flip({0}) : moved;
  });
  CaptureHandler* handler = current_handler();
  const Value result =
      handler != nullptr ? handler->scan(combine, init, inputs) : run_scan(combine, init, inputs);
  const Value out = change_tensors(result[1], [&](const at::Tensor& tensor) {
    const at::Tensor ordered = options.reverse ? tensor.flip({0}) : tensor;
    return dim != 0 && dim < ordered.dim() ? ordered.movedim(0, dim) : ordered;
  });
  return Value::tuple({result[0], out});
}

}  // namespace detail
}  // namespace roundtrip
