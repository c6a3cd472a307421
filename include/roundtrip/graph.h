#pragma once

#include <c10/core/Device.h>
#include <c10/core/Layout.h>
#include <c10/core/MemoryFormat.h>
#include <c10/core/ScalarType.h>
#include <torch/ordered_dict.h>

#include <complex>
#include <concepts>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

/// The program model: plain data, field for field the schema of
/// `torch/_export/serde/schema.py` (version 8.20), whose names it keeps. Where
/// the schema has a union, the model has a variant; where it has a dict, the
/// model keeps the dict's order, because the order is part of the file's bytes.
/// dtypes, layouts and memory formats are c10's; the archive translates them.

namespace roundtrip {

template <typename T>
using OrderedMap = torch::OrderedDict<std::string, T>;

/// Owns one T on the heap and copies it deeply: a value that may be recursive.
template <typename T>
class Box {
 public:
  Box() : ptr_(std::make_unique<T>()) {}
  explicit Box(T value) : ptr_(std::make_unique<T>(std::move(value))) {}
  Box(const Box& other) : ptr_(std::make_unique<T>(*other.ptr_)) {}
  Box(Box&&) noexcept = default;
  Box& operator=(const Box& other) {
    ptr_ = std::make_unique<T>(*other.ptr_);
    return *this;
  }
  Box& operator=(Box&&) noexcept = default;
  ~Box() = default;

  T& operator*() { return *ptr_; }
  const T& operator*() const { return *ptr_; }
  T* operator->() { return ptr_.get(); }
  const T* operator->() const { return ptr_.get(); }

 private:
  std::unique_ptr<T> ptr_;
};

// ---- symbolic sizes -------------------------------------------------------

using SymExprHint = std::variant<std::int64_t, bool, double>;

/// A symbolic expression as the file spells it: SymPy's srepr text.
struct SymExpr {
  std::string expr_str;
  std::optional<SymExprHint> hint;
};

using SymInt = std::variant<std::int64_t, SymExpr>;
using SymFloat = std::variant<double, SymExpr>;
using SymBool = std::variant<bool, SymExpr>;

struct TensorMeta {
  c10::ScalarType dtype = c10::ScalarType::Float;
  std::vector<SymInt> sizes;
  bool requires_grad = false;
  c10::Device device = c10::Device(c10::kCPU);
  std::vector<SymInt> strides;
  SymInt storage_offset = std::int64_t{0};
  c10::Layout layout = c10::Layout::Strided;
};

// ---- arguments ------------------------------------------------------------

struct NoneArgument {};
struct TensorArgument {
  std::string name;
};
struct TokenArgument {
  std::string name;
};
/// Each of these names a symbolic value of the graph or is a plain number.
struct SymIntArgument {
  std::variant<std::string, std::int64_t> value;
};
struct SymFloatArgument {
  std::variant<std::string, double> value;
};
struct SymBoolArgument {
  std::variant<std::string, bool> value;
};
using OptionalTensorArgument = std::variant<NoneArgument, TensorArgument>;
struct CustomObjArgument {
  std::string name;
  std::string class_fqn;
};
struct OperatorArgument {
  std::string name;
};
struct Graph;
struct GraphArgument {
  std::string name;  ///< the attribute that holds the subgraph, e.g. `true_graph_0`
  Box<Graph> graph;
};
struct KeyedArgument;
/// `as_string_to_argument`: a dict of arguments.
struct ArgumentDict {
  std::vector<KeyedArgument> entries;
};
/// A union tag this version does not know, carried as its JSON text.
struct UnknownArgument {
  std::string tag;
  std::string json;
};

struct Argument {
  using Alternatives = std::variant<
      NoneArgument, TensorArgument, std::vector<TensorArgument>, std::int64_t,
      std::vector<std::int64_t>, double, std::vector<double>, std::string, std::vector<std::string>,
      SymIntArgument, std::vector<SymIntArgument>, c10::ScalarType, c10::MemoryFormat, c10::Layout,
      c10::Device, bool, std::vector<bool>, SymBoolArgument, std::vector<SymBoolArgument>,
      GraphArgument, std::vector<OptionalTensorArgument>, CustomObjArgument, OperatorArgument,
      SymFloatArgument, std::vector<SymFloatArgument>, OptionalTensorArgument, std::complex<double>,
      std::vector<std::vector<TensorArgument>>, std::vector<std::vector<std::int64_t>>,
      ArgumentDict, std::vector<std::vector<double>>, UnknownArgument>;

  /// None.
  Argument() noexcept;
  template <typename T>
  requires(!std::same_as<std::remove_cvref_t<T>, Argument> &&
           std::constructible_from<Alternatives, T>) Argument(T&& alternative)
      : value(std::forward<T>(alternative)) {}
  // Out of line: inlined, they are most of the time that a file with graphs in it
  // takes to compile.
  Argument(const Argument& other);
  Argument(Argument&& other) noexcept;
  Argument& operator=(const Argument& other);
  Argument& operator=(Argument&& other) noexcept;
  ~Argument();

  /// The alternative of type T, or null.
  template <typename T>
  const T* get() const {
    return std::get_if<T>(&value);
  }
  template <typename T>
  T* get() {
    return std::get_if<T>(&value);
  }

  Alternatives value;
};

struct KeyedArgument {
  std::string key;
  Argument value;
};

enum class ArgumentKind { positional = 1, keyword = 2 };

struct NamedArgument {
  std::string name;  ///< from the operator's schema; empty for higher-order operators
  Argument arg;
  std::optional<ArgumentKind> kind;
};

// ---- graph ----------------------------------------------------------------

/// Ordered text-to-text pairs: a node's metadata.
using Metadata = std::vector<std::pair<std::string, std::string>>;

struct Node {
  std::string target;  ///< e.g. `torch.ops.aten.add.Tensor`
  std::vector<NamedArgument> inputs;
  std::vector<Argument> outputs;
  Metadata metadata;
  std::optional<bool> is_hop_single_tensor_return;
  std::optional<std::string> name;
};

/// Nodes in topological order. Every value a node or input defines has its entry
/// in one of the `*_values` tables.
struct Graph {
  std::vector<Argument> inputs;
  std::vector<Argument> outputs;
  std::vector<Node> nodes;
  OrderedMap<TensorMeta> tensor_values;
  OrderedMap<SymInt> sym_int_values;
  OrderedMap<SymBool> sym_bool_values;
  bool is_single_tensor_return = false;
  OrderedMap<CustomObjArgument> custom_obj_values;
  OrderedMap<SymFloat> sym_float_values;
};

// ---- signature ------------------------------------------------------------

struct UserInputSpec {
  Argument arg;
};
struct InputToParameterSpec {
  TensorArgument arg;
  std::string parameter_name;
};
struct InputToBufferSpec {
  TensorArgument arg;
  std::string buffer_name;
  bool persistent = true;
};
struct InputToTensorConstantSpec {
  TensorArgument arg;
  std::string tensor_constant_name;
};
struct InputToCustomObjSpec {
  CustomObjArgument arg;
  std::string custom_obj_name;
};
struct InputTokenSpec {
  TokenArgument arg;
};
using ConstantValue = std::variant<NoneArgument, std::int64_t, double, std::string, bool>;
struct InputToConstantInputSpec {
  std::string name;
  ConstantValue value;
};
using InputSpec =
    std::variant<UserInputSpec, InputToParameterSpec, InputToBufferSpec, InputToTensorConstantSpec,
                 InputToCustomObjSpec, InputTokenSpec, InputToConstantInputSpec>;

struct UserOutputSpec {
  Argument arg;
};
struct LossOutputSpec {
  TensorArgument arg;
};
struct BufferMutationSpec {
  TensorArgument arg;
  std::string buffer_name;
};
struct GradientToParameterSpec {
  TensorArgument arg;
  std::string parameter_name;
};
struct GradientToUserInputSpec {
  TensorArgument arg;
  std::string user_input_name;
};
struct UserInputMutationSpec {
  TensorArgument arg;
  std::string user_input_name;
};
struct OutputTokenSpec {
  TokenArgument arg;
};
struct ParameterMutationSpec {
  TensorArgument arg;
  std::string parameter_name;
};
using OutputSpec = std::variant<UserOutputSpec, LossOutputSpec, BufferMutationSpec,
                                GradientToParameterSpec, GradientToUserInputSpec,
                                UserInputMutationSpec, OutputTokenSpec, ParameterMutationSpec>;

struct GraphSignature {
  std::vector<InputSpec> input_specs;
  std::vector<OutputSpec> output_specs;
};

// ---- module ---------------------------------------------------------------

struct ModuleCallSignature {
  std::vector<Argument> inputs;
  std::vector<Argument> outputs;
  std::string in_spec;   ///< pytree text, protocol 1: tuple(tuple of args, dict of kwargs)
  std::string out_spec;  ///< pytree text, protocol 1
  std::optional<std::vector<std::string>> forward_arg_names;
};

struct ModuleCallEntry {
  std::string fqn;
  std::optional<ModuleCallSignature> signature;
};

struct NamedTupleDef {
  std::vector<std::string> field_names;
};

struct GraphModule {
  Graph graph;
  GraphSignature signature;
  std::vector<ModuleCallEntry> module_call_graph;
  Metadata metadata;
  OrderedMap<NamedTupleDef> treespec_namedtuple_fields;
};

/// Bounds of a symbol, both inclusive; absent means infinite.
struct RangeConstraint {
  std::optional<std::int64_t> min_val;
  std::optional<std::int64_t> max_val;
};

struct SchemaVersion {
  std::int64_t major = 8;
  std::int64_t minor = 20;
};

}  // namespace roundtrip
