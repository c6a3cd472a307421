#include "suites/python/bridge/exchange.h"

#include <roundtrip/error.h>
#include <roundtrip/pytree.h>
#include <torch/csrc/autograd/python_variable.h>

#include <algorithm>

namespace py = pybind11;

namespace roundtrip {

namespace {

const char kOpaqueType[] = "python.object";

py::module_ pytree() {
  return py::module_::import("torch.utils._pytree");
}

bool is_opaque(const Value& value) {
  return value.is_container() && value.container().type == kOpaqueType;
}

/// The tree's shape, its opaque containers taken as leaves, and its leaves.
TreeSpec take_apart(const Value& value, Values& leaves) {
  if (!value.is_container() || is_opaque(value)) {
    leaves.push_back(value);
    return {};
  }
  const Container& container = value.container();
  TreeSpec spec{container.type, container.context, container.keys, {}, container.has_json_context};
  for (const auto& item : container.items) spec.children.push_back(take_apart(item, leaves));
  return spec;
}

py::object leaf_to_python(const Value& value) {
  if (value.is_none()) return py::none();
  if (value.is_bool()) return py::bool_(value.to_bool());
  if (value.is_int()) return py::int_(value.to_int());
  if (value.is_double()) return py::float_(value.to_double());
  if (value.is_string()) return py::str(value.string());
  if (value.is_complex()) {
    const auto number = value.to_complex();
    return py::reinterpret_steal<py::object>(PyComplex_FromDoubles(number.real(), number.imag()));
  }
  if (value.is_tensor()) {
    return py::reinterpret_steal<py::object>(THPVariable_Wrap(value.tensor()));
  }
  throw Error("a " + value.type_name() + " cannot be handed to Python");
}

/// NaN is not the same as NaN: what is in doubt counts as changed.
bool same_leaf(const Value& left, const Value& right) {
  if (left.is_tensor() && right.is_tensor()) return left.tensor().is_same(right.tensor());
  if (left.is_tensor() || right.is_tensor()) return false;
  if (left.type_name() != right.type_name()) return false;
  return leaf_to_python(left).equal(leaf_to_python(right));
}

}  // namespace

Value Exchange::keep(py::handle object) {
  objects_.push_back(py::reinterpret_borrow<py::object>(object));
  return Container{kOpaqueType, std::to_string(objects_.size() - 1), {}, {}};
}

Value Exchange::leaf_to_value(py::handle object) {
  if (object.is_none()) return {};
  if (py::isinstance<py::bool_>(object)) return object.cast<bool>();
  if (PyLong_CheckExact(object.ptr())) {
    int overflow = 0;
    const auto number = PyLong_AsLongLongAndOverflow(object.ptr(), &overflow);
    return overflow == 0 ? Value(number) : keep(object);
  }
  if (PyFloat_CheckExact(object.ptr())) return object.cast<double>();
  if (PyComplex_CheckExact(object.ptr())) {
    const Py_complex number = PyComplex_AsCComplex(object.ptr());
    return std::complex<double>(number.real, number.imag);
  }
  if (PyUnicode_CheckExact(object.ptr())) return object.cast<std::string>();
  // A tensor or a parameter: a subclass means something else.
  if (THPVariable_CheckExact(object.ptr())) return THPVariable_Unpack(object.ptr());
  return keep(object);
}

Value Exchange::to_value(py::handle object) {
  const py::tuple parts = pytree().attr("tree_flatten")(object);
  TreeSpec spec;
  try {
    spec = treespec_loads(pytree().attr("treespec_dumps")(parts[1]).cast<std::string>());
  } catch (const py::error_already_set&) {
    return keep(object);  // a class that files cannot name
  } catch (const Error&) {
    return keep(object);
  }
  Values leaves;
  for (const auto& leaf : parts[0]) leaves.push_back(leaf_to_value(leaf));
  return tree_unflatten(std::move(leaves), spec);
}

py::object Exchange::to_python(const Value& value) const {
  Values leaves;
  const TreeSpec spec = take_apart(value, leaves);
  py::list objects;
  for (const auto& leaf : leaves) {
    objects.append(is_opaque(leaf) ? objects_.at(std::stoul(leaf.container().context))
                                   : leaf_to_python(leaf));
  }
  if (spec.is_leaf()) return objects[0];
  const py::object tree = pytree().attr("treespec_loads")(treespec_dumps(spec));
  return pytree().attr("tree_unflatten")(objects, tree);
}

bool is_same_value(const Value& left, const Value& right) {
  Values left_leaves, right_leaves;
  if (!(take_apart(left, left_leaves) == take_apart(right, right_leaves))) return false;
  return std::equal(left_leaves.begin(), left_leaves.end(), right_leaves.begin(),
                    right_leaves.end(), [](const Value& one, const Value& other) {
                      if (is_opaque(one) || is_opaque(other)) {
                        return is_opaque(one) && is_opaque(other) &&
                               one.container().context == other.container().context;
                      }
                      return same_leaf(one, other);
                    });
}

}  // namespace roundtrip
