#include <c10/util/StringUtil.h>
#include <roundtrip/error.h>
#include <roundtrip/pytree.h>

#include "export/program/python/json.h"
#include "export/program/python/text.h"

namespace roundtrip {

namespace {

constexpr int kMaxTreeDepth = 128;

// An Enum key is a container of this type; its context is the JSON object that names it.
constexpr const char* kEnum = "enum.Enum";
constexpr const char* kDefaultDict = "collections.defaultdict";
constexpr const char* kNamedTuple = "collections.namedtuple";

/// Types whose context is the list of their keys, as JSON inside a string.
bool is_plain_dict(const std::string& type) {
  return type == "builtins.dict" || type == "collections.OrderedDict";
}

[[noreturn]] void fail(const std::string& path, const std::string& reason) {
  throw ProgramError("not a tree spec: " + path + ": " + reason);
}

rapidjson::Document parse_json(const std::string& text, const std::string& path) {
  return parse_python_json(text, "not a tree spec: " + path);
}

// ---- keys of dict-like types ----------------------------------------------

Value read_key(const rapidjson::Value& json, const std::string& path) {
  if (json.IsNull()) return {};
  if (json.IsBool()) return json.GetBool();
  if (json.IsInt64()) return json.GetInt64();
  if (json.IsDouble()) return json.GetDouble();
  if (json.IsString()) return json_text(json);
  if (json.IsObject() && json.HasMember("__enum__")) {
    return Container{.type = kEnum, .context = json_dumps(json), .keys = {}, .items = {}};
  }
  fail(path, "the key " + json_dumps(json) + " is none that a dict can have");
}

std::string write_key(const Value& key) {
  if (key.is_none()) return "null";
  if (key.is_bool()) return key.to_bool() ? "true" : "false";
  if (key.is_int()) return std::to_string(key.to_int());
  if (key.is_double()) return json_dumps(rapidjson::Value(key.to_double()));
  if (key.is_string()) return json_quote(key.string());
  if (key.is_container() && key.container().type == kEnum) return key.container().context;
  throw UnsupportedError("a dict key of type " + key.type_name() + " cannot be saved");
}

std::string write_keys(const Values& keys) {
  std::string text;
  for (const auto& key : keys) text += (text.empty() ? "" : ", ") + write_key(key);
  return "[" + text + "]";
}

Values read_keys(const rapidjson::Value& json, const std::string& path) {
  if (!json.IsArray()) fail(path, "the keys of a dict are no list");
  Values keys;
  for (const auto& key : json.GetArray()) keys.push_back(read_key(key, path));
  return keys;
}

// ---- contexts -------------------------------------------------------------

const rapidjson::Value& member(const rapidjson::Value& json, const char* name,
                               const std::string& path) {
  auto found = json.FindMember(name);
  if (found == json.MemberEnd()) fail(path, c10::str("'", name, "' is missing"));
  return found->value;
}

/// A defaultdict's context is an object, not a string. Ours keeps its two texts
/// and leaves the keys to `TreeSpec::keys`.
void read_default_dict(const rapidjson::Value& context, TreeSpec& spec, const std::string& path) {
  if (!context.IsObject()) fail(path, "the context of a defaultdict is no object");
  spec.context = "[" + json_dumps(member(context, "default_factory_module", path)) + ", " +
                 json_dumps(member(context, "default_factory_name", path)) + "]";
  spec.keys = read_keys(member(context, "dict_context", path), path);
}

rapidjson::Document read_factory(const TreeSpec& spec) {
  auto factory = parse_json(spec.context, "defaultdict");
  bool valid =
      factory.IsArray() && factory.Size() == 2 && factory[0].IsString() && factory[1].IsString();
  if (!valid) fail("defaultdict", "its context must be [module, name] of the default factory");
  return factory;
}

std::string write_default_dict(const TreeSpec& spec) {
  auto factory = read_factory(spec);
  return "{\"default_factory_module\": " + json_dumps(factory[0]) +
         ", \"default_factory_name\": " + json_dumps(factory[1]) +
         ", \"dict_context\": " + write_keys(spec.keys) + "}";
}

/// A type that a user registered has whatever context it says.
bool is_registered_by_user(const std::string& type) {
  return !type.starts_with("builtins.") && !type.starts_with("collections.") &&
         type != "torch.Size";
}

void read_context(const rapidjson::Value& context, TreeSpec& spec, const std::string& path) {
  spec.context = "null";
  if (spec.type == kDefaultDict) return read_default_dict(context, spec, path);
  spec.has_json_context = !context.IsString();
  if (spec.has_json_context) {
    if (!is_registered_by_user(spec.type)) {
      throw UnsupportedError("a pytree of type '" + spec.type + "' has a context that is no text");
    }
    spec.context = json_dumps(context);
  } else if (is_plain_dict(spec.type)) {
    spec.keys = read_keys(parse_json(json_text(context), path), path);
  } else {
    spec.context = json_text(context);
  }
}

std::string write_context(const TreeSpec& spec) {
  if (spec.type == kDefaultDict) return write_default_dict(spec);
  if (spec.has_json_context) return spec.context;
  return json_quote(is_plain_dict(spec.type) ? write_keys(spec.keys) : spec.context);
}

// ---- trees ----------------------------------------------------------------

TreeSpec read_spec(const rapidjson::Value& json, const std::string& path, int depth) {
  if (depth > kMaxTreeDepth) fail("tree", "nested too deeply");
  if (!json.IsObject()) fail(path, "expected an object");
  const auto& type = member(json, "type", path);
  const auto& context = member(json, "context", path);
  const auto& children = member(json, "children_spec", path);
  if (!children.IsArray()) fail(path, "'children_spec' is no list");
  if (type.IsNull() && context.IsNull() && children.Empty()) return {};
  if (!type.IsString() || type.GetStringLength() == 0) fail(path, "'type' is no name");

  TreeSpec spec;
  spec.type = json_text(type);
  read_context(context, spec, path);
  for (rapidjson::SizeType i = 0; i < children.Size(); ++i) {
    spec.children.push_back(read_spec(children[i], c10::str(path, "[", i, "]"), depth + 1));
  }
  bool has_keys = is_plain_dict(spec.type) || spec.type == kDefaultDict;
  if (has_keys && spec.keys.size() != spec.children.size()) {
    fail(path, c10::str(spec.keys.size(), " keys for ", spec.children.size(), " items"));
  }
  return spec;
}

std::string write_spec(const TreeSpec& spec) {
  if (spec.is_leaf()) return R"({"type": null, "context": null, "children_spec": []})";
  std::string children;
  for (const auto& child : spec.children) {
    children += (children.empty() ? "" : ", ") + write_spec(child);
  }
  return "{\"type\": " + json_quote(spec.type) + ", \"context\": " + write_context(spec) +
         ", \"children_spec\": [" + children + "]}";
}

/// What a user's `to_dumpable_context` gave may be any text; by default it is JSON.
std::string json_or_text_repr(const std::string& context) try {
  return json_repr(parse_json(context, "context"));
} catch (const ProgramError&) {
  return json_repr(rapidjson::Value(rapidjson::StringRef(context.data(), context.size())));
}

/// What Python's repr shows of the context.
std::string context_repr(const TreeSpec& spec) {
  if (is_plain_dict(spec.type)) return json_repr(parse_json(write_keys(spec.keys), "keys"));
  if (spec.type == kNamedTuple) return "<class '" + spec.context + "'>";
  if (spec.type == kDefaultDict) {
    auto factory = read_factory(spec);
    auto module = json_text(factory[0]);
    auto name = (module == "builtins" ? "" : module + ".") + json_text(factory[1]);
    return "[<class '" + name + "'>, " + json_repr(parse_json(write_keys(spec.keys), "keys")) + "]";
  }
  return json_or_text_repr(spec.context);
}

std::string spec_repr(const TreeSpec& spec, std::size_t indent) {
  if (spec.is_leaf()) return "*";
  indent += 2;
  std::string children;
  for (const auto& child : spec.children) {
    if (!children.empty()) children += ",\n" + std::string(indent, ' ');
    children += spec_repr(child, indent);
  }
  return "TreeSpec(" + spec.type.substr(spec.type.rfind('.') + 1) + ", " + context_repr(spec) +
         ", [" + children + "])";
}

}  // namespace

std::string treespec_dumps(const TreeSpec& spec) {
  return "[1, " + write_spec(spec) + "]";
}

TreeSpec treespec_loads(const std::string& text) {
  auto json = parse_json(text, "text");
  if (!json.IsArray() || json.Size() != 2 || !json[0].IsInt()) {
    fail("text", "expected [protocol, tree]");
  }
  if (json[0].GetInt() != 1) {
    throw UnsupportedError(c10::str("tree spec protocol ", json[0].GetInt(), " is unknown"));
  }
  return read_spec(json[1], "tree", 0);
}

std::string TreeSpec::str() const {
  return spec_repr(*this, 0);
}

}  // namespace roundtrip
