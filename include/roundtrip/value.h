#pragma once

#include <ATen/core/Tensor.h>
#include <c10/core/SymBool.h>
#include <c10/core/SymFloat.h>
#include <c10/core/SymInt.h>

#include <complex>
#include <concepts>
#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace roundtrip {

class Value;
using Values = std::vector<Value>;
/// Keyword arguments in the order they are passed.
using Kwargs = std::vector<std::pair<std::string, Value>>;

/// An inner node of a pytree, with the Python type it stands for.
struct Container {
  /// Python's registered name: `builtins.tuple`, `builtins.list`,
  /// `builtins.dict`, `collections.OrderedDict`, or a name that a user registered
  /// for a dataclass or namedtuple.
  std::string type;
  /// The type's context as the file has it (JSON text); unused for dict-like
  /// types, whose context is their keys.
  std::string context = "null";
  /// Keys of a dict-like type, one for each item, in insertion order.
  Values keys;
  Values items;
  /// The file has the context as a JSON value, not as JSON text in a string: so do types
  /// that a user registered with a `to_dumpable_context` of another result than a string.
  bool has_json_context = false;
};

/// A model's argument or result: a pytree whose leaves are what
/// `torch.export` takes (tensors, numbers, strings, None) and whose inner nodes
/// are tuples, lists, dicts and registered types. A Value owns its children;
/// tensors are shared as `at::Tensor` shares them.
class Value {
 public:
  Value() = default;  ///< None
  /// An undefined tensor is None.
  Value(at::Tensor tensor) {
    if (tensor.defined()) data_ = std::move(tensor);
  }
  Value(bool value) : data_(value) {}
  template <std::integral T>
  requires(!std::same_as<T, bool>) Value(T value) : data_(static_cast<std::int64_t>(value)) {}
  template <std::floating_point T>
  Value(T value) : data_(static_cast<double>(value)) {}
  /// A number or condition that is symbolic while a program is captured. One with
  /// a known value becomes a plain number.
  Value(const c10::SymInt& value);
  Value(const c10::SymFloat& value);
  Value(const c10::SymBool& value);
  Value(std::complex<double> value) : data_(value) {}
  Value(const char* text) : data_(std::string(text)) {}
  Value(std::string text) : data_(std::move(text)) {}
  Value(Container container) : data_(std::move(container)) {}

  static Value tuple(Values items);
  static Value list(Values items);
  static Value dict(std::vector<std::pair<Value, Value>> entries);

  bool is_none() const { return std::holds_alternative<std::monostate>(data_); }
  bool is_tensor() const { return std::holds_alternative<at::Tensor>(data_); }
  bool is_bool() const { return std::holds_alternative<bool>(data_); }
  bool is_int() const { return std::holds_alternative<std::int64_t>(data_); }
  bool is_double() const { return std::holds_alternative<double>(data_); }
  bool is_complex() const { return std::holds_alternative<std::complex<double>>(data_); }
  bool is_string() const { return std::holds_alternative<std::string>(data_); }
  bool is_container() const { return std::holds_alternative<Container>(data_); }
  bool is_sym_int() const { return std::holds_alternative<c10::SymInt>(data_); }
  bool is_sym_float() const { return std::holds_alternative<c10::SymFloat>(data_); }
  bool is_sym_bool() const { return std::holds_alternative<c10::SymBool>(data_); }
  /// Any of the three: only while a program is captured.
  bool is_symbolic() const { return is_sym_int() || is_sym_float() || is_sym_bool(); }

  /// The leaf or container held. Each throws `Error`, naming what is held
  /// instead, when the value is of another kind.
  const at::Tensor& tensor() const;
  bool to_bool() const;
  std::int64_t to_int() const;
  double to_double() const;  ///< An int converts.
  std::complex<double> to_complex() const;
  const std::string& string() const;
  /// Plain numbers convert.
  c10::SymInt sym_int() const;
  c10::SymFloat sym_float() const;
  c10::SymBool sym_bool() const;
  const Container& container() const;
  Container& container();

  /// Item `index` of a container. Throws `Error` when there is none.
  const Value& operator[](std::size_t index) const;
  const Value& operator[](int index) const { return (*this)[static_cast<std::size_t>(index)]; }
  /// The item of a dict-like container under a string key. Throws `Error` naming
  /// the keys there are when it is absent.
  const Value& operator[](const std::string& key) const;
  const Value& operator[](const char* key) const { return (*this)[std::string(key)]; }
  /// Number of items of a container.
  std::size_t size() const;

  /// What is held, in Python's words: `Tensor`, `int`, `tuple`, ...
  std::string type_name() const;

 private:
  std::variant<std::monostate, at::Tensor, bool, std::int64_t, double, std::complex<double>,
               std::string, c10::SymInt, c10::SymFloat, c10::SymBool, Container>
      data_;
};

/// True if both have the same structure, equal plain leaves, and tensors equal in
/// dtype, sizes and every bit (so NaN equals the same NaN, and 0.0 is not -0.0).
bool bitwise_equal(const Value& left, const Value& right);

/// The same, but tensors' elements may differ by rounding, and any NaN equals any other.
bool allclose(const Value& left, const Value& right);

}  // namespace roundtrip
