#include "export/capture/inputs/spec_tree.h"

#include <c10/util/StringUtil.h>
#include <roundtrip/error.h>

#include <algorithm>

#include "export/capture/inputs/spec_text.h"

namespace roundtrip {
namespace {

[[noreturn]] void mismatch(const std::string& what) {
  throw CaptureError("Detected mismatch between the structure of `inputs` and `dynamic_shapes`: " +
                     what);
}

bool is_dict(const std::string& type) {
  return type == "builtins.dict" || type == "collections.OrderedDict" ||
         type == "collections.defaultdict";
}

/// Types whose specs are of the same type; any other container takes a list.
bool is_builtin(const std::string& type) {
  return type == "builtins.tuple" || type == "builtins.list" || type == "collections.deque" ||
         type == "collections.namedtuple" || is_dict(type);
}

std::string key_list(const Values& keys) {
  std::vector<std::string> texts;
  for (const Value& key : keys) texts.push_back(value_text(key));
  return list_text(texts);
}

const ShapeSpec* find_key(const ShapeSpec::Items& spec, const Value& key) {
  for (std::size_t i = 0; i < spec.keys.size(); ++i) {
    if (bitwise_equal(spec.keys[i], key)) return &spec.items[i];
  }
  return nullptr;
}

void require_same_type(const std::string& type, const std::string& spec_type,
                       const std::string& path) {
  const std::string head = c10::str("`inputs", path, "` is a ", class_text(type),
                                    ", but `dynamic_shapes", path, "` is ");
  if (spec_type.empty()) mismatch(head + "not");
  const bool same = type == spec_type || (is_dict(type) && is_dict(spec_type)) ||
                    (!is_builtin(type) && spec_type == "builtins.list");
  if (!same) mismatch(head + "a " + class_text(spec_type));
}

void require_same_count(std::size_t count, std::size_t spec_count, const std::string& path) {
  if (count == spec_count) return;
  mismatch(c10::str("`inputs", path, "` has ", count, " elements, but `dynamic_shapes", path,
                    "` has ", spec_count, " elements"));
}

/// The specs of a container's items, in the order of the items.
std::vector<ShapeSpec> item_specs(const Container& container, const ShapeSpec& spec,
                                  const std::string& path) {
  const ShapeSpec::Items items = as_items(spec);
  require_same_type(container.type, items.type, path);
  require_same_count(container.items.size(), items.items.size(), path);
  if (!is_dict(container.type)) return items.items;
  std::vector<ShapeSpec> ordered;
  for (const Value& key : container.keys) {
    const ShapeSpec* found = find_key(items, key);
    if (!found) {
      mismatch(c10::str("`inputs", path, "` has keys ", key_list(container.keys),
                        ", but `dynamic_shapes", path, "` has keys ", key_list(items.keys)));
    }
    ordered.push_back(*found);
  }
  return ordered;
}

std::string item_path(const Container& container, std::size_t index) {
  const bool keyed = index < container.keys.size();
  return c10::str("[", keyed ? value_text(container.keys[index]) : std::to_string(index), "]");
}

/// Without `spec` no structure is asked for and every leaf's is None.
void add_leaves(const Value& input, const ShapeSpec* spec, const SpecLeaf& at,
                std::vector<SpecLeaf>& leaves) {
  if (!input.is_container()) {
    SpecLeaf leaf = at;
    leaf.value = &input;
    if (spec) leaf.spec = *spec;
    leaves.push_back(std::move(leaf));
    return;
  }
  const Container& container = input.container();
  std::vector<ShapeSpec> specs;
  if (spec) specs = item_specs(container, *spec, at.path);
  for (std::size_t i = 0; i < container.items.size(); ++i) {
    const std::string step = item_path(container, i);
    const SpecLeaf inner{nullptr, {}, at.path + step, at.source + step, at.argument};
    add_leaves(container.items[i], spec ? &specs[i] : nullptr, inner, leaves);
  }
}

[[noreturn]] void wrong_names(const std::vector<CallArgument>& arguments,
                              const DynamicShapes::ByName& specs) {
  std::vector<std::string> wanted;
  std::vector<std::string> given;
  for (const auto& argument : arguments) wanted.push_back(value_text(argument.name));
  for (const auto& entry : specs) given.push_back(value_text(entry.first));
  std::string message = c10::str(
      "When `dynamic_shapes` is specified as a dict, its top-level keys must be the arg names ",
      list_text(wanted), " of `inputs`, but here they are ", list_text(given), ". ");
  const bool one_dict = arguments.size() == 1 && arguments[0].value->is_container() &&
                        arguments[0].value->container().type == "builtins.dict";
  message += one_dict && std::find(given.begin(), given.end(), wanted[0]) == given.end()
                 ? "Since here `inputs` is a list/tuple enclosing a single dict, maybe you just "
                   "forgot to enclose `dynamic_shapes` in a list/tuple?"
                 : "Alternatively, you could also ignore arg names entirely and specify "
                   "`dynamic_shapes` as a list/tuple matching `inputs`.";
  throw CaptureError(message);
}

/// The specs in the order of the arguments.
std::vector<ShapeSpec> ordered_by_name(const std::vector<CallArgument>& arguments,
                                       const DynamicShapes::ByName& specs) {
  if (arguments.size() != specs.size()) wrong_names(arguments, specs);
  std::vector<ShapeSpec> ordered;
  for (const CallArgument& argument : arguments) {
    const auto found = std::find_if(specs.begin(), specs.end(), [&](const auto& entry) {
      return entry.first == argument.name;
    });
    if (found == specs.end()) wrong_names(arguments, specs);
    ordered.push_back(found->second);
  }
  return ordered;
}

ShapeSpec::Items dims_as_items(const ShapeSpec::Dims& dims) {
  ShapeSpec::Items items{"builtins.dict", {}, {}};
  for (const auto& [index, dim] : dims) {
    items.keys.emplace_back(index);
    items.items.emplace_back(dim);
  }
  return items;
}

ShapeSpec::Items dims_as_items(const ShapeSpec::AllDims& dims) {
  ShapeSpec::Items items{"builtins.tuple", {}, {}};
  for (const auto& dim : dims) items.items.push_back(dim ? ShapeSpec(*dim) : ShapeSpec());
  return items;
}

}  // namespace

std::vector<CallArgument> combine_arguments(const Module& module, const Values& args,
                                            const Kwargs& kwargs) {
  const auto& names = module.arg_names();
  std::vector<CallArgument> arguments;
  auto add = [&](const std::string& name, std::string source, const Value& value) {
    arguments.push_back({name, std::move(source), arguments.size(), &value});
  };
  auto local = [](const std::string& name) { return c10::str("L[", value_text(name), "]"); };
  for (std::size_t i = 0; i < args.size(); ++i) {
    const std::string name = module.arg_name(i);
    const bool named = i < names.size();
    add(name, named ? local(name) : c10::str("L['args'][", i - names.size(), "]"), args[i]);
  }
  for (const auto& [name, value] : kwargs) add(name, local(name), value);
  auto rank = [&](const CallArgument& argument) {
    if (argument.position < args.size()) return argument.position;
    const auto found = std::find(names.begin(), names.end(), argument.name);
    return found == names.end() ? names.size() + argument.position
                                : static_cast<std::size_t>(found - names.begin());
  };
  std::stable_sort(arguments.begin(), arguments.end(),
                   [&](const auto& a, const auto& b) { return rank(a) < rank(b); });
  return arguments;
}

DynamicShapes DynamicShapes::in_order(const Module& module, const Values& args,
                                      const Kwargs& kwargs) const {
  if (!by_name() || by_name()->empty()) return *this;
  return positional(ordered_by_name(combine_arguments(module, args, kwargs), *by_name()));
}

std::vector<SpecLeaf> match_leaves(const std::vector<CallArgument>& arguments,
                                   const DynamicShapes& shapes) {
  std::vector<ShapeSpec> specs;
  const auto* by_name = shapes.by_name();
  const auto* by_position = shapes.by_position();
  const bool none = by_name ? by_name->empty() : !by_position || by_position->empty();
  if (!none) specs = by_name ? ordered_by_name(arguments, *by_name) : *by_position;
  if (!none) require_same_count(arguments.size(), specs.size(), "");
  std::vector<SpecLeaf> leaves;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const CallArgument& argument = arguments[i];
    const std::string path =
        c10::str("[", by_name ? value_text(argument.name) : std::to_string(i), "]");
    const SpecLeaf at{nullptr, {}, path, argument.source, argument.position};
    add_leaves(*argument.value, none ? nullptr : &specs[i], at, leaves);
  }
  return leaves;
}

ShapeSpec map_leaves(const Value& input, const std::function<ShapeSpec(const Value&)>& leaf_spec) {
  if (!input.is_container()) return leaf_spec(input);
  const Container& container = input.container();
  const bool keyed = is_dict(container.type);
  ShapeSpec::Items items{is_builtin(container.type) ? container.type : "builtins.list",
                         keyed ? container.keys : Values{},
                         {}};
  for (const Value& item : container.items) items.items.push_back(map_leaves(item, leaf_spec));
  return items;
}

ShapeSpec::Items as_items(const ShapeSpec& spec) {
  if (const auto* dims = spec.get<ShapeSpec::Dims>()) return dims_as_items(*dims);
  if (const auto* dims = spec.get<ShapeSpec::AllDims>()) return dims_as_items(*dims);
  if (const auto* items = spec.get<ShapeSpec::Items>()) return *items;
  return {};
}

}  // namespace roundtrip
