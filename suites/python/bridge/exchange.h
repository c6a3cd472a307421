#pragma once

#include <pybind11/pybind11.h>
#include <roundtrip/value.h>

#include <vector>

namespace roundtrip {

/// Turns Python's arguments and results into Values and back. Tensors are shared. An object
/// that has no C++ form, of an unregistered class or a tensor subclass, becomes a container of
/// the type `python.object`, which only this Exchange turns back. Not for several threads.
class Exchange {
 public:
  Value to_value(pybind11::handle object);
  /// Throws Error for what only C++ knows: a container of a type that Python has not registered.
  pybind11::object to_python(const Value& value) const;

 private:
  Value leaf_to_value(pybind11::handle object);
  Value keep(pybind11::handle object);

  std::vector<pybind11::object> objects_;
};

/// Whether both hold the same tensors and equal other leaves, in equal containers.
bool is_same_value(const Value& left, const Value& right);

}  // namespace roundtrip
