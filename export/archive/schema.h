#pragma once

#include <roundtrip/graph.h>

#include <functional>
#include <string>

/// What a file says of a graph: plain data, field for field the schema of
/// `torch/_export/serde/schema.py` (version 8.20), whose names it keeps. Where
/// the schema has a union, this has a variant; where it has a dict, this keeps
/// the dict's order, because the order is part of the file's bytes. What needs no
/// names of values is as the graph in memory has it; dtypes, layouts and memory
/// formats are c10's, which the archive translates.

namespace roundtrip::schema {

// ---- arguments ------------------------------------------------------------

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

struct NamedArgument {
  std::string name;  ///< from the operator's schema; empty for higher-order operators
  Argument arg;
  std::optional<ArgumentKind> kind;
};

// ---- graph ----------------------------------------------------------------

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

struct GraphModule {
  Graph graph;
  GraphSignature signature;
  std::vector<ModuleCallEntry> module_call_graph;
  Metadata metadata;
  OrderedMap<NamedTupleDef> treespec_namedtuple_fields;
};

/// What `models/*.json` says of a program.
struct ExportedProgram {
  GraphModule graph_module;
  OrderedMap<std::int64_t> opset_version;
  OrderedMap<RangeConstraint> range_constraints;
  SchemaVersion schema_version;
  std::vector<std::string> verifiers;
  std::string torch_version;
  std::vector<std::string> guards_code;
};

/// The graph of what a file says. Throws `ProgramError` where a value is defined or described
/// twice; a name that nothing defines stays one.
roundtrip::GraphModule from_schema(const GraphModule& module);
roundtrip::Graph from_schema(const Graph& graph);
/// One argument; values are those of the graph that have their names.
roundtrip::Argument from_schema(const Argument& argument, roundtrip::Graph& graph);

/// What a file says of the graph. Its tables of values are in the order in which the graph defines
/// them, as Python writes them.
GraphModule to_schema(const roundtrip::GraphModule& module);
Graph to_schema(const roundtrip::Graph& graph);

/// What to call a value.
using ValueNames = std::function<std::string(const GraphValue&)>;
/// One argument, its values called by other names.
Argument to_schema(const roundtrip::Argument& argument, const ValueNames& names);

}  // namespace roundtrip::schema
