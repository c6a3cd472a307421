#include "export/interpreter/inputs/input_tree.h"

#include <c10/util/StringUtil.h>
#include <rapidjson/document.h>
#include <roundtrip/error.h>

#include <algorithm>
#include <utility>

#include "export/program/python/text.h"
#include "export/symbolic/text/joined.h"

namespace roundtrip {

namespace {

using FieldNames = std::vector<std::string>;

/// The fields of a dataclass: its context is `[[set fields], [None fields]]`, as
/// JSON, possibly inside a JSON string. Empty for any other context.
FieldNames dataclass_fields(const std::string& context) {
  rapidjson::Document json;
  json.Parse<rapidjson::kParseIterativeFlag>(context.data(), context.size());
  if (!json.HasParseError() && json.IsString()) {
    std::string inner(json.GetString(), json.GetStringLength());
    json.Parse<rapidjson::kParseIterativeFlag>(inner.data(), inner.size());
  }
  FieldNames names;
  if (json.HasParseError() || !json.IsArray() || json.Size() != 2 || !json[0].IsArray()) {
    return names;
  }
  for (const auto& field : json[0].GetArray()) {
    if (field.IsString()) names.emplace_back(field.GetString(), field.GetStringLength());
  }
  return names;
}

std::string key_repr(const Value& key) {
  if (key.is_string()) return python_repr(key.string());
  if (key.is_bool()) return python_repr(key.to_bool());
  if (key.is_int()) return std::to_string(key.to_int());
  if (key.is_double()) return python_repr(key.to_double());
  return key.type_name();
}

/// Names leaves as Python's `keystr` does.
class LeafNamer {
 public:
  explicit LeafNamer(const GraphModule& graph_module)
      : namedtuples_(graph_module.treespec_namedtuple_fields) {}

  void append(const TreeSpec& spec, const std::string& name, std::vector<std::string>& names) {
    if (spec.is_leaf()) {
      names.push_back(name);
      return;
    }
    auto fields = field_names(spec);
    for (std::size_t i = 0; i < spec.children.size(); ++i) {
      auto step = i < spec.keys.size() ? c10::str("[", key_repr(spec.keys[i]), "]")
                  : i < fields.size()  ? c10::str(".", fields[i])
                                       : c10::str("[", i, "]");
      append(spec.children[i], name + step, names);
    }
  }

 private:
  FieldNames field_names(const TreeSpec& spec) const {
    auto* tuple = namedtuples_.find(spec.type);
    return tuple ? tuple->field_names : dataclass_fields(spec.context);
  }

  const OrderedMap<NamedTupleDef>& namedtuples_;
};

std::string describe(const TreeSpec& spec) {
  return spec.is_leaf() ? "a Tensor, number, string or None" : spec.str();
}

[[noreturn]] void mismatch(const std::string& name, const TreeSpec& wanted, const Value& got) {
  TreeSpec found;
  tree_flatten(got, &found);
  throw InputError("input " + name + ": expected " + describe(wanted) + ", but got " +
                   (found.is_leaf() ? "a " + got.type_name() : found.str()));
}

/// torch.Size counts as a tuple, as in Python.
std::string normal_type(const std::string& type) {
  return type == "torch.Size" ? "builtins.tuple" : type;
}

void flatten_into(const Value& value, const TreeSpec& spec, const std::string& name,
                  std::vector<const Value*>& leaves);

/// Children of a dict are matched by key.
void flatten_dict(const Value& value, const TreeSpec& spec, const std::string& name,
                  std::vector<const Value*>& leaves) {
  const auto& dict = value.container();
  for (std::size_t i = 0; i < spec.children.size(); ++i) {
    const auto& wanted = spec.keys[i];
    auto key = std::find_if(dict.keys.begin(), dict.keys.end(),
                            [&](const Value& key) { return bitwise_equal(key, wanted); });
    if (key == dict.keys.end()) mismatch(name, spec, value);
    const auto& item = dict.items[static_cast<std::size_t>(key - dict.keys.begin())];
    flatten_into(item, spec.children[i], name, leaves);
  }
}

void flatten_into(const Value& value, const TreeSpec& spec, const std::string& name,
                  std::vector<const Value*>& leaves) {
  if (spec.is_leaf() && !value.is_container()) {
    leaves.push_back(&value);
    return;
  }
  if (spec.is_leaf() || !value.is_container()) mismatch(name, spec, value);
  const auto& container = value.container();
  if (normal_type(container.type) != normal_type(spec.type) ||
      container.items.size() != spec.children.size() || container.keys.size() != spec.keys.size()) {
    mismatch(name, spec, value);
  }
  if (!spec.keys.empty()) return flatten_dict(value, spec, name, leaves);
  const bool same_context =
      container.context == spec.context && container.has_json_context == spec.has_json_context;
  if (!same_context && !spec.children.empty()) mismatch(name, spec, value);
  for (std::size_t i = 0; i < spec.children.size(); ++i) {
    flatten_into(container.items[i], spec.children[i], name, leaves);
  }
}

const ModuleCallSignature& root_signature(const GraphModule& graph_module) {
  const auto& calls = graph_module.module_call_graph;
  if (!calls.empty() && calls.front().signature) return *calls.front().signature;
  throw ProgramError(
      "the program says nothing about its inputs: its module_call_graph has no "
      "signature for the root module");
}

template <typename Names>
/// As Python writes a list of them.
std::string list_text(const Names& names) {
  return "[" + joined(names, ", ", [](const auto& name) { return "'" + name + "'"; }) + "]";
}

}  // namespace

InputTree::InputTree(const GraphModule& graph_module) {
  const auto& signature = root_signature(graph_module);
  auto spec = treespec_loads(signature.in_spec);
  if (spec.children.size() != 2 || spec.children[0].is_leaf() || spec.children[1].is_leaf() ||
      spec.children[1].keys.size() != spec.children[1].children.size()) {
    throw ProgramError("the program's in_spec is no pair of a tuple and a dict: " + spec.str());
  }
  auto arg_names = signature.forward_arg_names.value_or(std::vector<std::string>{});
  auto& positional = spec.children[0].children;
  for (std::size_t i = 0; i < positional.size(); ++i) {
    auto name = i < arg_names.size() ? arg_names[i] : "arg_" + std::to_string(i);
    positional_.push_back({name, std::move(positional[i])});
  }
  auto& keyword = spec.children[1];
  for (std::size_t i = 0; i < keyword.children.size(); ++i) {
    auto name = keyword.keys[i].is_string() ? keyword.keys[i].string() : key_repr(keyword.keys[i]);
    keyword_.push_back({name, std::move(keyword.children[i])});
  }
  LeafNamer namer(graph_module);
  for (const auto& [name, tree] : positional_) namer.append(tree, name, leaf_names_);
  for (const auto& [name, tree] : keyword_) namer.append(tree, name, leaf_names_);
}

std::vector<std::string> output_paths(const GraphModule& graph_module) {
  std::vector<std::string> paths;
  const TreeSpec spec = treespec_loads(root_signature(graph_module).out_spec);
  LeafNamer(graph_module).append(spec, "", paths);
  return paths;
}

std::vector<const Value*> InputTree::flatten(const Values& args, const Kwargs& kwargs) const {
  check_count(args.size());
  std::vector<const Value*> leaves;
  leaves.reserve(leaf_names_.size());
  for (std::size_t i = 0; i < args.size(); ++i) {
    flatten_into(args[i], positional_[i].spec, positional_[i].name, leaves);
  }
  for (const auto& wanted : keyword_) {
    flatten_into(find_keyword(wanted, kwargs), wanted.spec, wanted.name, leaves);
  }
  if (kwargs.size() != keyword_.size()) reject_unknown(kwargs);
  return leaves;
}

void InputTree::check_count(std::size_t given) const {
  if (given == positional_.size()) return;
  FieldNames names;
  for (const auto& [name, spec] : positional_) names.push_back(name);
  auto problem = given < names.size() ? "missing input '" + names[given] + "'"
                                      : std::string("too many inputs");
  throw InputError(c10::str(problem, ": the program takes ", names.size(),
                            " positional arguments, ", list_text(names), ", but got ", given));
}

const Value& InputTree::find_keyword(const Named& wanted, const Kwargs& kwargs) const {
  for (const auto& [name, value] : kwargs) {
    if (name == wanted.name) return value;
  }
  reject_unknown(kwargs);
}

void InputTree::reject_unknown(const Kwargs& kwargs) const {
  FieldNames got, expected;
  for (const auto& [name, value] : kwargs) got.push_back(name);
  for (const auto& [name, spec] : keyword_) expected.push_back(name);
  std::string problem;
  for (const auto& name : expected) {
    if (std::count(got.begin(), got.end(), name) == 0) problem = "missing input '" + name + "'";
  }
  for (const auto& name : got) {
    if (std::count(expected.begin(), expected.end(), name) == 0) {
      problem = "unexpected input '" + name + "'";
    } else if (std::count(got.begin(), got.end(), name) > 1) {
      problem = "input '" + name + "' is given twice";
    }
  }
  throw InputError(problem + ": got the keywords " + list_text(got) + " but expected " +
                   list_text(expected));
}

}  // namespace roundtrip
