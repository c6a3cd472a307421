#pragma once

#include <c10/core/Device.h>
#include <c10/core/Layout.h>
#include <c10/core/MemoryFormat.h>
#include <c10/core/ScalarType.h>
#include <torch/ordered_dict.h>

#include <complex>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

/// The graph of a program in memory: nodes that call operators, and the values that they define
/// and use, as pointers in both directions. It is what `torch.fx` and nativert's `Graph.h` have
/// under these names; the file's schema, where everything goes by name, is the archive's matter.
///
/// Threads: a graph may be read by several threads at once, edited by one.
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

class Graph;
class Node;
class GraphValue;

// ---- arguments ------------------------------------------------------------
// One struct for each kind of argument that a file tells apart (`as_tensor`, `as_sym_int`, ...).

struct NoneArgument {};
struct TensorArgument {
  GraphValue* value = nullptr;
};
/// Each of these is a symbolic value of the graph or a plain number.
struct SymIntArgument {
  std::variant<GraphValue*, std::int64_t> value;
};
struct SymFloatArgument {
  std::variant<GraphValue*, double> value;
};
struct SymBoolArgument {
  std::variant<GraphValue*, bool> value;
};
using OptionalTensorArgument = std::variant<NoneArgument, TensorArgument>;
struct CustomObjArgument {
  GraphValue* value = nullptr;
  std::string class_fqn;
};
/// A graph that a node of control flow runs: part of the argument, copied with it. Its values are
/// its own; what it needs of the graph around comes as arguments of the node.
struct GraphArgument {
  std::string name;  ///< the attribute that holds the subgraph, e.g. `true_graph_0`
  Box<Graph> graph;
};
struct OperatorArgument {
  std::string name;
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
  /// The value, as an argument of its kind: a tensor, a number or an object by the value's type.
  /// Throws `ProgramError` for a value without a type.
  Argument(GraphValue& value);
  template <typename T>
  requires(!std::same_as<std::remove_cvref_t<T>, Argument> &&
           !std::same_as<std::remove_cvref_t<T>, GraphValue> &&
           std::constructible_from<Alternatives, T>) Argument(T&& alternative)
      : value(std::forward<T>(alternative)) {}
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

  /// The one value that it is, or null: for a constant, a list, a subgraph.
  GraphValue* as_value() const;

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

enum class ValueKind { tensor, sym_int, sym_float, sym_bool, custom_obj };

/// What a kind is called in messages: `tensor`, `SymInt`, ...
const char* kind_name(ValueKind kind);

/// Calls `visit` with every value that the argument names, in order, as often as it does; the
/// second form says too as what it names it. Subgraphs have values of their own and are not
/// entered.
void for_each_value(const Argument& argument, const std::function<void(GraphValue&)>& visit);

void for_each_value(const Argument& argument,
                    const std::function<void(GraphValue&, ValueKind)>& visit);

/// Puts another value in place of each that the argument names.
void map_values(Argument& argument, const std::function<GraphValue*(GraphValue&)>& map);

// ---- values ---------------------------------------------------------------

/// An object of a class of the user's.
struct CustomObjType {
  std::string class_fqn;
};

/// What is known of a value: of a tensor its layout, where each size may be an expression; of a
/// number its expression or its constant value. `std::monostate` if nothing describes it.
using Type = std::variant<std::monostate, TensorMeta, SymInt, SymFloat, SymBool, CustomObjType>;

/// Something that the graph computes or is given: an input of the graph or a result of one node.
/// The graph owns it, and changes it: see `Graph::rename`, `set_type`, `replace_uses`.
class GraphValue {
 public:
  GraphValue(std::string name, Type type) : name_(std::move(name)), type_(std::move(type)) {}
  GraphValue(const GraphValue&) = delete;
  GraphValue& operator=(const GraphValue&) = delete;

  /// Unique among the values of its graph.
  const std::string& name() const { return name_; }
  const Type& type() const { return type_; }
  /// Nothing if nothing describes it.
  std::optional<ValueKind> kind() const;
  /// The layout of a tensor, or null.
  const TensorMeta* tensor() const { return std::get_if<TensorMeta>(&type_); }

  /// The node whose result it is; null for an input of the graph, and for a name that nothing
  /// defines.
  Node* producer() const { return producer_; }
  bool is_input() const { return is_input_; }
  bool is_defined() const { return producer_ != nullptr || is_input_; }

  /// The nodes that use it, each once, in the order in which they came to do so.
  std::vector<Node*> users() const;
  /// Whether it is an output of the graph.
  bool is_output() const { return times_returned_ > 0; }
  bool is_used() const { return is_output() || !uses_.empty(); }

 private:
  friend class Graph;
  friend class Node;

  struct Use {
    Node* node;
    std::size_t times;
  };

  void add_use(Node& node);
  void remove_use(Node& node);
  /// Nothing describes what neither a node nor an input defines any more and nothing uses.
  void forget_if_gone();

  std::string name_;
  Type type_;
  Node* producer_ = nullptr;
  std::vector<Use> uses_;
  std::size_t times_returned_ = 0;
  bool is_input_ = false;
};

// ---- nodes ----------------------------------------------------------------

/// Ordered text-to-text pairs: a node's metadata.
using Metadata = std::vector<std::pair<std::string, std::string>>;

/// All that a node consists of.
struct NodeFields {
  std::string target;  ///< e.g. `torch.ops.aten.add.Tensor`
  std::vector<NamedArgument> inputs;
  std::vector<Argument> outputs;  ///< they name the values that the node defines
  Metadata metadata;
  std::optional<bool> is_hop_single_tensor_return;
  /// What the node is called in `torch.fx`: as its result, if that is a single value.
  std::optional<std::string> name;
};

/// A call. The graph owns it; one that was erased stays as an empty shell, so that references to
/// it do not dangle as long as the graph lives.
class Node {
 public:
  Node() = default;
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;

  const std::string& target() const { return fields_.target; }
  void set_target(std::string target) { fields_.target = std::move(target); }
  const std::optional<std::string>& name() const { return fields_.name; }
  void set_name(std::optional<std::string> name) { fields_.name = std::move(name); }
  const Metadata& metadata() const { return fields_.metadata; }
  Metadata& metadata() { return fields_.metadata; }
  const std::optional<bool>& is_hop_single_tensor_return() const {
    return fields_.is_hop_single_tensor_return;
  }

  const std::vector<NamedArgument>& inputs() const { return fields_.inputs; }
  void set_inputs(std::vector<NamedArgument> inputs);
  /// Replaces one argument.
  void set_input(std::size_t index, Argument argument);
  void insert_input(std::size_t index, NamedArgument input);
  void erase_input(std::size_t index);
  /// The argument of that name, or null.
  const Argument* input(std::string_view name) const;
  /// Every use of `from` in its arguments becomes one of `to`.
  void replace_input(GraphValue& from, GraphValue& to);
  /// The values that it uses, each once, in the order of its arguments.
  std::vector<GraphValue*> operands() const;

  const std::vector<Argument>& outputs() const { return fields_.outputs; }
  /// Values that it no longer defines are gone, or are left without a definition where something
  /// uses them. Throws `ProgramError` for a value that another node or an input of the graph
  /// defines.
  void set_outputs(std::vector<Argument> outputs);
  void add_output(Argument output);
  /// The values that it defines, in order.
  std::vector<GraphValue*> results() const;
  /// Its one result. Throws `ProgramError` if it has none or several.
  GraphValue& result() const;
  /// Whether its one result, which is no list, goes by the node's name.
  bool shares_name_with_result() const;

  /// The subgraphs among its arguments, in their order.
  std::vector<GraphArgument*> subgraphs();
  std::vector<const GraphArgument*> subgraphs() const;

  /// Its neighbours in the graph, or null.
  Node* next() const;
  Node* previous() const { return previous_; }

 private:
  friend class Graph;

  void clear();

  NodeFields fields_;
  Node* previous_ = nullptr;
  Node* next_ = nullptr;
  bool is_erased_ = false;
};

/// The nodes of a graph from first to last. Nodes may be inserted and erased meanwhile: as in
/// `torch.fx`, what comes after the present node is what follows when it is asked for.
template <typename NodeType>
class NodeRange {
 public:
  class Iterator {
   public:
    using iterator_category = std::forward_iterator_tag;
    using value_type = NodeType;
    using difference_type = std::ptrdiff_t;
    using pointer = NodeType*;
    using reference = NodeType&;

    Iterator() = default;
    explicit Iterator(NodeType* node) : node_(node) {}
    NodeType& operator*() const { return *node_; }
    NodeType* operator->() const { return node_; }
    Iterator& operator++() {
      node_ = node_->next();
      return *this;
    }
    Iterator operator++(int) {
      Iterator old = *this;
      ++*this;
      return old;
    }
    bool operator==(const Iterator& other) const { return node_ == other.node_; }

   private:
    NodeType* node_ = nullptr;
  };

  NodeRange(NodeType* first, NodeType* last) : first_(first), last_(last) {}
  Iterator begin() const { return Iterator(first_); }
  Iterator end() const { return Iterator(); }
  bool empty() const { return first_ == nullptr; }
  /// There must be one. From the last on, `Node::previous` leads back.
  NodeType& front() const { return *first_; }
  NodeType& back() const { return *last_; }
  /// The node at that place, for which those before it are counted; there must be one.
  NodeType& operator[](std::size_t place) const {
    return *std::next(begin(), static_cast<std::ptrdiff_t>(place));
  }

 private:
  NodeType* first_;
  NodeType* last_;
};

// ---- graph ----------------------------------------------------------------

/// Owns values and nodes. Nodes run in their order, which is to be one in which every value is
/// defined before it is used: `ExportedProgram::validate` says where it is not.
class Graph {
 public:
  Graph();
  /// A graph of its own with values of the same names: what erased nodes left is not copied.
  Graph(const Graph& other);
  Graph(Graph&& other) noexcept;
  Graph& operator=(const Graph& other);
  Graph& operator=(Graph&& other) noexcept;
  ~Graph();

  // -- values --

  /// A value that nothing defines yet: name it in the outputs of a node or among the inputs of the
  /// graph. Throws `ProgramError` if the name is taken.
  GraphValue& add_value(std::string name, Type type = {});
  /// The value of that name, or null.
  GraphValue* find(std::string_view name) const;
  /// The value of that name; a new one that nothing describes, if there is none.
  GraphValue& find_or_add(std::string_view name);
  /// A name that no value or node has and that was not given before, valid in Python, by the rule
  /// of `torch.fx`: `add`, `add_1`, ...
  std::string unique_name(const std::string& candidate);
  /// Gives a value another name, and its node too where that goes by the result's name. Throws
  /// `ProgramError` if the name is taken.
  void rename(GraphValue& value, std::string name);
  /// The same for several at once, which may take each other's names.
  void rename(std::vector<std::pair<GraphValue*, std::string>> renamed);
  void set_type(GraphValue& value, Type type) { value.type_ = std::move(type); }
  /// Erases values that nothing defines and nothing uses; references to them do not dangle as
  /// long as the graph lives.
  void erase_undefined();
  /// Every use of `from`, in nodes and among the outputs, becomes one of `to`. Of a program's
  /// graph, whose outputs its signature names too: `GraphModule::replace_uses`.
  void replace_uses(GraphValue& from, GraphValue& to);
  /// All values that are defined, described or used, in the order in which they were added.
  std::vector<GraphValue*> values() const;

  // -- inputs and outputs --

  const std::vector<Argument>& inputs() const { return inputs_; }
  void set_inputs(std::vector<Argument> inputs);
  void add_input(Argument input) { insert_input(inputs_.size(), std::move(input)); }
  void insert_input(std::size_t index, Argument input);
  const std::vector<Argument>& outputs() const { return outputs_; }
  void set_outputs(std::vector<Argument> outputs);
  void add_output(Argument output);
  /// The graph gives its one output by itself, not in a tuple.
  bool is_single_tensor_return = false;

  // -- nodes --

  NodeRange<Node> nodes() { return {first_, last_}; }
  NodeRange<const Node> nodes() const { return {first_, last_}; }
  std::size_t num_nodes() const { return num_nodes_; }

  /// Throws `ProgramError` for an output that is defined already.
  Node& append(NodeFields fields) { return insert(std::move(fields), nullptr); }
  Node& insert_before(Node& place, NodeFields fields) { return insert(std::move(fields), &place); }
  /// Null: before all others.
  Node& insert_after(Node* place, NodeFields fields) {
    return insert(std::move(fields), place == nullptr ? first_ : place->next());
  }
  /// Inserts a call with one result and returns that. Arguments are given by position, as the
  /// operator's schema has them; names of node and result are made from the target as in
  /// `torch.fx`. Throws `ProgramError` for an operator that is not known or takes fewer arguments.
  GraphValue& insert_call(Node& place, const std::string& target, std::vector<Argument> arguments,
                          Type type);
  /// Moves a node to before another one of the graph.
  void move_before(Node& node, Node& place);
  /// Erases a node whose results nobody uses. Throws `ProgramError` if somebody does.
  void erase(Node& node);
  /// Erases nodes from last to first, so that what only dead nodes use goes too: those whose
  /// results nobody uses and for which `may_go` is true. Returns how many.
  std::size_t erase_dead(const std::function<bool(const Node&)>& may_go);

 private:
  Node& insert(NodeFields fields, Node* place);
  void take_name(GraphValue& value, std::string name);
  void reserve_names();
  void link(Node& node, Node* place);
  void unlink(Node& node);

  std::deque<GraphValue> values_;
  std::deque<Node> all_nodes_;
  std::unordered_map<std::string_view, GraphValue*> by_name_;
  std::vector<Argument> inputs_;
  std::vector<Argument> outputs_;
  Node* first_ = nullptr;
  Node* last_ = nullptr;
  std::size_t num_nodes_ = 0;
  class Names;
  std::unique_ptr<Names> names_;  ///< made when a name is first asked for
};

// ---- signature ------------------------------------------------------------

enum class InputKind {
  user_input,
  parameter,
  buffer,
  tensor_constant,
  custom_obj,
  token,
  constant_input
};

/// What one input of the graph is, as Python's `InputSpec`.
struct InputSpec {
  InputKind kind = InputKind::user_input;
  /// The graph's input; a constant if that is one; None for a token.
  Argument arg;
  /// The qualified name of a parameter, buffer, constant or object; the name of a constant input
  /// or a token.
  std::string target;
  bool persistent = true;  ///< of a buffer: whether it is part of the state that is saved

  /// Whether it holds a tensor of the program's own: a parameter, a buffer or a constant.
  bool is_state() const {
    return kind == InputKind::parameter || kind == InputKind::buffer ||
           kind == InputKind::tensor_constant;
  }
};

enum class OutputKind {
  user_output,
  loss_output,
  buffer_mutation,
  gradient_to_parameter,
  gradient_to_user_input,
  user_input_mutation,
  token,
  parameter_mutation
};

/// What one output of the graph is, as Python's `OutputSpec`.
struct OutputSpec {
  OutputKind kind = OutputKind::user_output;
  Argument arg;          ///< the graph's output; None for a token
  std::string target{};  ///< the qualified name of a buffer or parameter; the name of a token
  /// The input of the user's that the output is the gradient or the new contents of.
  GraphValue* input = nullptr;
};

struct GraphSignature {
  std::vector<InputSpec> input_specs;
  std::vector<OutputSpec> output_specs;
};

// ---- module ---------------------------------------------------------------

/// Arguments name values of the program's graph; a value that later passes removed is one that
/// nothing defines.
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

/// A graph and what its inputs and outputs are. A copy has a graph of its own, and its signatures
/// name values of that.
struct GraphModule {
  GraphModule() = default;
  GraphModule(const GraphModule& other);
  GraphModule(GraphModule&&) noexcept = default;
  GraphModule& operator=(const GraphModule& other);
  GraphModule& operator=(GraphModule&&) noexcept = default;
  ~GraphModule() = default;

  /// Replaces the graph. Signatures name values of the same names in the new one.
  void set_graph(Graph next);
  /// Every use of `from` becomes one of `to`: in the graph, and where signatures name what the
  /// graph or a module's call gives.
  void replace_uses(GraphValue& from, GraphValue& to);

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
