#include "export/interpreter/inputs/input_checks.h"

#include <c10/util/StringUtil.h>
#include <roundtrip/error.h>

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "export/program/pickle/example_inputs.h"
#include "export/program/python/text.h"
#include "export/program/storage_types.h"
#include "export/symbolic/expr/algebra.h"

namespace roundtrip {

namespace {

bool is_number(const Value& value) {
  return value.is_int() || value.is_bool() || value.is_double();
}

Number to_number(const Value& value) {
  if (value.is_int()) return value.to_int();
  if (value.is_bool()) return value.to_bool();
  return value.to_double();
}

std::string to_text(const Number& number) {
  if (auto* value = std::get_if<std::int64_t>(&number)) return std::to_string(*value);
  if (auto* value = std::get_if<bool>(&number)) return python_repr(*value);
  return python_repr(std::get<double>(number));
}

bool equal(const Number& left, const Number& right) {
  auto same = [](auto a, auto b) { return static_cast<double>(a) == static_cast<double>(b); };
  auto *a = std::get_if<std::int64_t>(&left), *b = std::get_if<std::int64_t>(&right);
  return a && b ? *a == *b : std::visit(same, left, right);
}

double to_double(const Number& number) {
  return std::visit([](auto value) { return static_cast<double>(value); }, number);
}

[[noreturn]] void guard_failed(const std::string& guard, const std::string& details) {
  throw InputError("Guard failed: " + guard + " (" + details + ")");
}

/// A size of a tensor, or the number itself.
Number read_size(const Value& value, std::size_t dimension) {
  if (!value.is_tensor()) return to_number(value);
  return value.tensor().size(static_cast<std::int64_t>(dimension));
}

}  // namespace

std::string repr_or_type(const Value& value) {
  if (value.is_none()) return "None";
  if (is_number(value)) return to_text(to_number(value));
  return value.is_string() ? python_repr(value.string()) : "a " + value.type_name();
}

InputChecks::InputChecks(const Program& program, const std::vector<std::string>& leaf_names) {
  for (const auto& spec : program.graph_module.signature.input_specs) {
    const bool is_constant = spec.kind == InputKind::constant_input;
    if (spec.kind != InputKind::user_input && !is_constant) continue;
    Leaf leaf;
    if (leaves_.size() < leaf_names.size()) leaf.name = leaf_names[leaves_.size()];
    if (is_constant) {
      // Python takes anything where it was exported with None, and does not look at it.
      leaf.kind = Leaf::Kind::constant;
      leaf.constant = constant_value(spec.arg);
    } else {
      add_user_input(program, spec.arg, leaf);
    }
    leaves_.push_back(std::move(leaf));
  }
  if (leaves_.size() != leaf_names.size()) {
    throw ProgramError(c10::str("the program's signature has ", leaves_.size(),
                                " user inputs, but its in_spec ", leaf_names.size()));
  }
  find_equal_sizes();
  add_guards(program, leaf_names);
}

/// As in Python, a size is held against the first input that has the same expression.
void InputChecks::find_equal_sizes() {
  std::unordered_map<std::string, std::pair<std::size_t, std::size_t>> first;
  for (std::size_t i = 0; i < leaves_.size(); ++i) {
    for (std::size_t j = 0; j < leaves_[i].sizes.size(); ++j) {
      Size& size = leaves_[i].sizes[j];
      if (size.expr.kind == ExprKind::integer) continue;
      const auto [known, is_new] = first.emplace(to_string(size.expr), std::pair(i, j));
      if (!is_new) size.equal_to = known->second;
    }
  }
}

/// The program's guards, between what its sizes demand of each other.
void InputChecks::add_guards(const Program& program, const std::vector<std::string>& leaf_names) {
  std::vector<InputSizeExpr> sizes;
  std::unordered_map<std::string, GuardSource> sources;
  for (std::size_t i = 0; i < leaves_.size(); ++i) {
    const bool is_tensor = leaves_[i].kind == Leaf::Kind::tensor;
    for (std::size_t j = 0; j < leaves_[i].sizes.size(); ++j) {
      const Size& size = leaves_[i].sizes[j];
      if (size.expr.kind == ExprKind::integer || size.equal_to) continue;
      sizes.push_back({size.source, size.expr});
      sources[size.source] = {i, is_tensor ? GuardSource::Kind::size : GuardSource::Kind::value, j};
    }
  }
  const SizeRelations relations = find_size_relations(sizes);
  for (const Expr& relation : relations.of_hidden_roots) {
    guards_.push_back(make_guard(relation, sources));
  }
  try {
    for (const auto& text : program.guards_code) guards_.push_back(parse_guard(text, leaf_names));
  } catch (const UnsupportedError& error) {
    unreadable_guard_ = error.what();
  }
  for (const Expr& relation : relations.of_inputs) guards_.push_back(make_guard(relation, sources));
}

void InputChecks::add_user_input(const Program& program, const Argument& argument, Leaf& leaf) {
  if (auto* tensor = argument.get<TensorArgument>()) {
    leaf.kind = Leaf::Kind::tensor;
    const TensorMeta* meta = tensor->value->tensor();
    if (!meta) throw ProgramError("the input '" + tensor->value->name() + "' has no tensor meta");
    leaf.dtype = meta->dtype;
    leaf.device = meta->device;
    leaf.layout = meta->layout;
    for (std::size_t i = 0; i < meta->sizes.size(); ++i) {
      auto source = c10::str(leaf.name, ".size()[", i, "]");
      leaf.sizes.push_back(make_size(program, source, meta->sizes[i]));
    }
  } else if (argument.get<SymIntArgument>()) {
    leaf.kind = Leaf::Kind::integer;
    const GraphValue* number = argument.as_value();
    const auto* size = number ? std::get_if<SymInt>(&number->type()) : nullptr;
    if (size) leaf.sizes.push_back(make_size(program, leaf.name, *size));
  } else if (argument.get<SymFloatArgument>()) {
    leaf.kind = Leaf::Kind::real;
  } else if (argument.get<SymBoolArgument>()) {
    leaf.kind = Leaf::Kind::truth;
  } else if (argument.get<CustomObjArgument>()) {
    throw UnsupportedError("input " + leaf.name +
                           " is a script object, which this version cannot "
                           "pass to a program");
  }
}

InputChecks::Size InputChecks::make_size(const Program& program, std::string source,
                                         const SymInt& size) const {
  if (auto* number = std::get_if<std::int64_t>(&size)) {
    return {std::move(source), integer(*number), {}, {}};
  }
  auto expr = parse_srepr(std::get<SymExpr>(size).expr_str);
  auto* range = program.range_constraints.find(to_string(expr));
  return {std::move(source), std::move(expr), range ? *range : RangeConstraint{}, {}};
}

void InputChecks::check(const std::vector<const Value*>& leaves) const {
  for (std::size_t i = 0; i < leaves_.size(); ++i) check_leaf(i, leaves);
  if (!unreadable_guard_.empty()) throw UnsupportedError(unreadable_guard_);
  check_guards(leaves);
  // Last, so that where Python refuses inputs, too, the message is its own.
  for (std::size_t i = 0; i < leaves_.size(); ++i) {
    if (leaves_[i].kind == Leaf::Kind::tensor) check_type(leaves_[i], leaves[i]->tensor());
  }
}

void InputChecks::check_leaf(std::size_t index, const std::vector<const Value*>& leaves) const {
  const Leaf& leaf = leaves_[index];
  const Value& value = *leaves[index];
  check_kind(leaf, value);
  for (std::size_t i = 0; i < leaf.sizes.size(); ++i) {
    check_size(leaf, leaf.sizes[i], read_size(value, i), leaves);
  }
}

void InputChecks::check_kind(const Leaf& leaf, const Value& value) {
  const auto demand = [&](bool holds, const std::string& what) {
    if (holds) return;
    throw InputError("input " + leaf.name + ": expected " + what + ", but got " +
                     repr_or_type(value));
  };
  switch (leaf.kind) {
    case Leaf::Kind::constant:
      return check_constant(leaf, value);
    case Leaf::Kind::integer:
      return demand(value.is_int() || value.is_bool(), "an int");
    case Leaf::Kind::real:
      return demand(is_number(value), "a number");
    case Leaf::Kind::truth:
      return demand(value.is_bool(), "a bool");
    case Leaf::Kind::anything:
      return;
    case Leaf::Kind::tensor:
      demand(value.is_tensor(), "a Tensor");
  }
  const auto sizes = value.tensor().sizes();
  if (sizes.size() != leaf.sizes.size()) {
    throw InputError(c10::str("input ", leaf.name, ": expected a Tensor of ", leaf.sizes.size(),
                              " dimensions, but got one of ", sizes.size(), ", of size ", sizes));
  }
}

namespace {

/// A device without an index is any of its type.
bool is_device(c10::Device wanted, c10::Device got) {
  return wanted.type() == got.type() &&
         (!wanted.has_index() || !got.has_index() || wanted.index() == got.index());
}

}  // namespace

/// In the words of `_assert_tensor_metadata`, by which some of Python's programs check it, too.
void InputChecks::check_type(const Leaf& leaf, const at::Tensor& tensor) {
  const auto demand = [&](bool holds, const char* what, const auto& wanted, const auto& got) {
    if (holds) return;
    throw InputError(c10::str("input ", leaf.name, ": Tensor ", what,
                              " mismatch! Expected: ", wanted, ", Got: ", got));
  };
  const auto dtype = tensor.scalar_type();
  demand(dtype == leaf.dtype, "dtype", dtype_name(leaf.dtype), dtype_name(dtype));
  demand(is_device(leaf.device, tensor.device()), "device", leaf.device, tensor.device());
  demand(tensor.layout() == leaf.layout, "layout", leaf.layout, tensor.layout());
}

void InputChecks::check_constant(const Leaf& leaf, const Value& value) {
  const auto& constant = leaf.constant;
  bool same = is_number(constant) && is_number(value) ? equal(to_number(constant), to_number(value))
                                                      : bitwise_equal(constant, value);
  if (same) return;
  auto wanted = repr_or_type(constant);
  guard_failed(leaf.name + " == " + wanted,
               "input " + leaf.name + ": expected " + wanted + ", but got " + repr_or_type(value));
}

void InputChecks::check_size(const Leaf& leaf, const Size& size, const Number& got,
                             const std::vector<const Value*>& leaves) const {
  auto demand = [&](bool holds, const std::string& comparison) {
    if (holds) return;
    guard_failed(size.source + comparison,
                 "input " + leaf.name + ": " + size.source + " is " + to_text(got));
  };
  if (size.expr.kind == ExprKind::integer) {
    demand(equal(got, size.expr.value), " == " + to_text(size.expr.value));
    return;
  }
  if (size.equal_to) {
    const auto& [other, dimension] = *size.equal_to;
    demand(equal(got, read_size(*leaves[other], dimension)),
           " == " + leaves_[other].sizes[dimension].source);
    return;
  }
  // As in Python, sizes 0 and 1 are let through where the range begins at 2.
  if (size.range.min_val && *size.range.min_val > 2) {
    demand(to_double(got) >= static_cast<double>(*size.range.min_val),
           c10::str(" >= ", *size.range.min_val));
  }
  if (size.range.max_val) {
    demand(to_double(got) <= static_cast<double>(*size.range.max_val),
           c10::str(" <= ", *size.range.max_val));
  }
}

namespace {

/// The value a guard's source has; nothing if the input has no such dimension.
Number read_source(const GuardSource& source, const Value& value) {
  if (source.kind == GuardSource::Kind::value) {
    if (is_number(value)) return to_number(value);
    throw ProgramError("it compares an input that is " + repr_or_type(value));
  }
  if (!value.is_tensor()) throw ProgramError("it asks for the size of " + repr_or_type(value));
  const auto& tensor = value.tensor();
  if (source.kind == GuardSource::Kind::storage_offset) return tensor.storage_offset();
  auto values = source.kind == GuardSource::Kind::size ? tensor.sizes() : tensor.strides();
  if (source.dimension < values.size()) return values[source.dimension];
  throw ProgramError(
      c10::str("it asks for dimension ", source.dimension, " of a Tensor of ", values.size()));
}

}  // namespace

void InputChecks::check_guards(const std::vector<const Value*>& leaves) const {
  for (const auto& guard : guards_) {
    Bindings values;
    std::string details;
    try {
      for (std::size_t i = 0; i < guard.sources.size(); ++i) {
        const auto& source = guard.sources[i];
        auto number = read_source(source, *leaves[source.leaf]);
        details += (i ? ", " : "") + leaves_[source.leaf].name + " gives " + to_text(number);
        values.emplace(std::to_string(i), number);
      }
      if (to_double(evaluate(guard.condition, values)) != 0) continue;
    } catch (const ProgramError& error) {
      details = error.what();
    }
    guard_failed(guard.text, details);
  }
}

}  // namespace roundtrip
