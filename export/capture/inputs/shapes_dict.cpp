#include <c10/util/StringUtil.h>
#include <roundtrip/dynamic_shapes_spec.h>
#include <roundtrip/error.h>

#include <algorithm>

#include "export/capture/inputs/spec_text.h"

namespace roundtrip {
namespace {

using RootDim = DynamicShapesSpec::RootDim;

Value text_list(const std::vector<std::string>& texts) {
  return Value::list(Values(texts.begin(), texts.end()));
}

/// The number, or None.
Value bound_value(std::optional<std::int64_t> max) {
  return max ? Value(*max) : Value();
}

/// As `repr` spells the tuples, lists and dicts of a spec.
std::string spec_repr(const Value& value) {
  if (!value.is_container()) return value_text(value);
  const Container& container = value.container();
  std::vector<std::string> items;
  for (std::size_t i = 0; i < container.items.size(); ++i) {
    const bool keyed = i < container.keys.size();
    items.push_back((keyed ? spec_repr(container.keys[i]) + ": " : "") +
                    spec_repr(container.items[i]));
  }
  if (container.type == "builtins.tuple") return tuple_text(items);
  const std::string list = list_text(items);
  return container.keys.empty() ? list : "{" + list.substr(1, list.size() - 2) + "}";
}

std::string root_text(const RootDim& dim) {
  return c10::str("RootDim(min=", dim.min, ", max=", value_text(bound_value(dim.max)),
                  ", derived=", spec_repr(text_list(dim.derived)), ")");
}

/// `<class 'list'>` of what the value is.
std::string class_of(const Value& value) {
  return value.is_container() ? class_text(value.container().type)
                              : class_text("builtins." + value.type_name());
}

std::string keys_repr(const Values& keys) {
  return "dict_keys(" + spec_repr(Value::list(keys)) + ")";
}

/// Whether the dict has these string keys, in any order, and no others.
bool has_keys(const Container& dict, const std::vector<std::string>& wanted) {
  const auto has = [&](const std::string& name) {
    return std::any_of(dict.keys.begin(), dict.keys.end(),
                       [&](const Value& key) { return key.is_string() && key.string() == name; });
  };
  return dict.keys.size() == wanted.size() && std::all_of(wanted.begin(), wanted.end(), has);
}

const Container& require_dict(const Value& value, const std::string& what) {
  if (value.is_container() && value.container().type == "builtins.dict") return value.container();
  throw CaptureError("Expected " + what + " to be a dict, got " + class_of(value));
}

[[noreturn]] void wrong_dim(const char* expected, const std::string& name, const Value& found) {
  throw CaptureError(c10::str("Expected dims in `spec['dims']` to map ", expected, ", got ", name,
                              ": ", spec_repr(found)));
}

std::vector<std::string> derived_of(const std::string& name, const Value& list) {
  constexpr const char* kExpected = "`derived` to a list of derived expressions";
  if (!list.is_container() || list.container().type != "builtins.list") {
    wrong_dim(kExpected, name, list);
  }
  std::vector<std::string> derived;
  for (const Value& item : list.container().items) {
    if (!item.is_string()) wrong_dim(kExpected, name, list);
    derived.push_back(item.string());
  }
  return derived;
}

RootDim root_of(const std::string& name, const Value& value) {
  const Container& dict = require_dict(value, "`spec['dims']` values");
  if (!has_keys(dict, {"derived", "max", "min"})) {
    throw CaptureError(
        "Expected `spec['dims']` values to have keys `derived`, `max`, and `min`, instead found " +
        keys_repr(dict.keys));
  }
  const Value& min = value["min"];
  const Value& max = value["max"];
  if (!min.is_int()) wrong_dim("`min` to an int", name, min);
  // Python refuses None, too, which its own dump writes of a dimension without bound.
  if (!max.is_int() && !max.is_none()) wrong_dim("`max` to an int or None", name, max);
  RootDim root{min.to_int(), std::nullopt, derived_of(name, value["derived"])};
  if (max.is_int()) root.max = max.to_int();
  return root;
}

}  // namespace

std::string DynamicShapesSpec::str() const {
  std::string roots;
  for (const auto& [name, dim] : dims) {
    roots += c10::str(roots.empty() ? "" : ", ", value_text(name), ": ", root_text(dim));
  }
  return c10::str("DynamicShapesSpec(dynamic_shapes=", spec_repr(dynamic_shapes), ", dims={", roots,
                  "})");
}

Value DynamicShapesSpec::to_dict() const {
  std::vector<std::pair<Value, Value>> roots;
  for (const auto& [name, dim] : dims) {
    roots.emplace_back(name, Value::dict({{"min", dim.min},
                                          {"max", bound_value(dim.max)},
                                          {"derived", text_list(dim.derived)}}));
  }
  return Value::dict({{"dynamic_shapes", dynamic_shapes}, {"dims", Value::dict(std::move(roots))}});
}

DynamicShapesSpec DynamicShapesSpec::from_dict(const Value& dict) {
  const Container& spec = require_dict(dict, "`spec`");
  if (!has_keys(spec, {"dims", "dynamic_shapes"})) {
    throw CaptureError("Expected `spec` to have keys `dims` and `dynamic_shapes`, instead found " +
                       keys_repr(spec.keys));
  }
  DynamicShapesSpec loaded{dict["dynamic_shapes"], {}};
  const Container& dims = require_dict(dict["dims"], "`spec['dims']`");
  for (std::size_t i = 0; i < dims.items.size(); ++i) {
    if (!dims.keys[i].is_string()) {
      throw CaptureError("Expected `spec['dims']` keys to be strings for symbols, got key " +
                         class_of(dims.keys[i]));
    }
    const std::string& name = dims.keys[i].string();
    loaded.dims.emplace(name, root_of(name, dims.items[i]));
  }
  return loaded;
}

}  // namespace roundtrip
