#include <c10/util/StringUtil.h>

#include <algorithm>
#include <complex>
#include <limits>
#include <type_traits>
#include <utility>

#include "export/archive/json_view.h"
#include "export/archive/schema_enums.h"
#include "export/archive/schema_json.h"
#include "export/archive/schema_tables.h"
#include "support/plain_text.h"

namespace roundtrip {
namespace {

using json::View;

/// Items are larger than their text; a file must not claim memory by many commas.
constexpr std::size_t kMaxReserve = 1024;

// One overload a kind of value; structs and unions go by their tables.

void read(const View& in, c10::Device& out);
void read(const View& in, std::complex<double>& out);
void read(const View& in, Metadata& out);
void read(const View& in, schema::ArgumentDict& out);
template <schema::Struct T>
void read(const View& in, T& out);
template <schema::Union T>
void read(const View& in, T& out);
template <typename T>
void read(const View& in, std::vector<T>& out);
template <typename T>
void read(const View& in, std::optional<T>& out);
template <typename T>
void read(const View& in, OrderedMap<T>& out);

void read(const View& in, bool& out) {
  out = in.to_bool();
}
void read(const View& in, std::int64_t& out) {
  out = in.to_int();
}
void read(const View& in, double& out) {
  out = in.to_double();
}
void read(const View& in, std::string& out) {
  out = in.to_string();
}
void read(const View& in, NoneArgument&) {
  in.to_bool();
}
void read(const View& in, OperatorArgument& out) {
  out.name = in.to_string();
}

template <typename Enum>
requires std::is_enum_v<Enum>
void read(const View& in, Enum& out) {
  std::int64_t number = in.to_int();
  std::optional<Enum> value = enum_from_schema<Enum>(number);
  if (!value) in.fail(c10::str("unknown ", enum_name<Enum>(), " ", number));
  out = *value;
}

template <typename T>
void read(const View& in, Box<T>& out) {
  read(in, *out);
}

void read(const View& in, c10::Device& out) {
  schema::DeviceFields fields;
  read(in, fields);
  auto type = device_type_from_schema(fields.type);
  if (!type) in.fail(c10::str("unknown device type '", fields.type, "'"));
  std::int64_t last = *type == c10::kCPU ? 0 : std::numeric_limits<c10::DeviceIndex>::max();
  if (fields.index && (*fields.index < 0 || *fields.index > last))
    in.fail(c10::str("there is no device ", fields.type, ":", *fields.index));
  out = c10::Device(*type, static_cast<c10::DeviceIndex>(fields.index.value_or(-1)));
}

void read(const View& in, std::complex<double>& out) {
  schema::ComplexFields fields;
  read(in, fields);
  out = {fields.real, fields.imag};
}

template <typename T>
void read(const View& in, std::vector<T>& out) {
  auto array = in.array();
  out.reserve(std::min<std::size_t>(array.Size(), kMaxReserve));
  std::size_t index = 0;
  for (const auto& value : array) {
    T item{};
    read(in.element(index++, value), item);
    out.push_back(std::move(item));
  }
}

template <typename T>
void read(const View& in, std::optional<T>& out) {
  if (!in.is_null()) read(in, out.emplace());
}

/// A struct's texts are names, and so are keys of maps; Python's have no control characters, and
/// one that has them could write anything into what is printed of the program.
void check_name(const View& in, const std::string& name) {
  if (has_controls(name)) in.fail("it holds control characters, which no name has");
}
void check_name(const View& in, const std::optional<std::string>& name) {
  if (name) check_name(in, *name);
}
template <typename T>
void check_name(const View&, const T&) {
}

template <typename T>
void read(const View& in, OrderedMap<T>& out) {
  auto object = in.object();
  out.reserve(std::min<std::size_t>(object.MemberCount(), kMaxReserve));
  for (const auto& member : object) {
    View view = in.member(json::key_of(member), member.value);
    T item{};
    read(view, item);
    std::string key(json::key_of(member));
    check_name(in, key);
    if (out.contains(key)) view.fail("the key occurs twice");
    out.insert(std::move(key), std::move(item));
  }
}

void read(const View& in, Metadata& out) {
  in.check_unique_keys();
  for (const auto& member : in.object()) {
    View view = in.member(json::key_of(member), member.value);
    out.emplace_back(json::key_of(member), view.to_string());
  }
}

void read(const View& in, schema::ArgumentDict& out) {
  in.check_unique_keys();
  for (const auto& member : in.object()) {
    out.entries.push_back({std::string(json::key_of(member)), {}});
    read(in.member(json::key_of(member), member.value), out.entries.back().value);
  }
}

/// The object's member of that name: usually the next one, else searched for.
const rapidjson::Value* take_member(rapidjson::Value::ConstObject object,
                                    rapidjson::Value::ConstMemberIterator& next,
                                    std::string_view name) {
  if (next != object.MemberEnd() && json::key_of(*next) == name) return &(next++)->value;
  for (const auto& member : object)
    if (json::key_of(member) == name) return &member.value;
  return nullptr;
}

template <schema::Struct T>
void read(const View& in, T& out) {
  auto object = in.object();
  auto next = object.MemberBegin();
  auto read_field = [&](const auto& field) {
    if (const rapidjson::Value* value = take_member(object, next, field.name)) {
      const View view = in.member(field.name, *value);
      read(view, out.*field.member);
      check_name(view, out.*field.member);
    } else if (field.required)
      in.fail(c10::str("the field '", field.name, "' is missing"));
  };
  std::apply([&](const auto&... fields) { (read_field(fields), ...); }, schema::Fields<T>::value);
  if (next != object.MemberEnd()) in.check_unique_keys();
}

/// Makes alternative I the one held; c10::Device has no default.
template <std::size_t I, typename Variant>
auto& emplace(Variant& variant) {
  if constexpr (std::is_same_v<std::variant_alternative_t<I, Variant>, c10::Device>)
    return variant.template emplace<I>(c10::kCPU);
  else
    return variant.template emplace<I>();
}

template <typename Variant, std::size_t... I>
constexpr auto alternative_readers(std::index_sequence<I...>) {
  using Reader = void (*)(const View&, Variant&);
  return std::array<Reader, sizeof...(I)>{
      [](const View& in, Variant& out) { read(in, emplace<I>(out)); }...};
}

/// A tag that is not in the table: arguments are kept, the rest is refused.
void read_unknown(const View& member, std::string_view tag, schema::Argument& out) {
  UnknownArgument& unknown = out.value.emplace<UnknownArgument>();
  unknown.tag = tag;
  json::append_value(unknown.json, member);
}
template <typename T>
void read_unknown(const View& member, std::string_view, T&) {
  member.fail("unknown tag");
}

template <schema::Union T>
void read(const View& in, T& out) {
  constexpr auto& kTags = schema::Tags<T>::value;
  using Variant = std::remove_reference_t<decltype(schema::variant_of(out))>;
  static constexpr auto kReaders =
      alternative_readers<Variant>(std::make_index_sequence<kTags.size()>());
  auto object = in.object();
  if (object.MemberCount() != 1)
    in.fail(c10::str("expected an object with exactly one tag, found ", object.MemberCount()));
  std::string_view tag = json::key_of(*object.MemberBegin());
  View member = in.member(tag, object.MemberBegin()->value);
  auto index = static_cast<std::size_t>(std::find(kTags.begin(), kTags.end(), tag) - kTags.begin());
  if (index < kTags.size())
    kReaders[index](member, schema::variant_of(out));
  else
    read_unknown(member, tag, out);
}

/// Another major version may differ anywhere, so this is looked at first.
void check_schema_version(const View& in) {
  const auto& object = in.object();
  auto found = object.FindMember("schema_version");
  if (found == object.MemberEnd()) in.fail("the field 'schema_version' is missing");
  SchemaVersion version;
  View view = in.member("schema_version", found->value);
  read(view, version);
  bool unversioned = version.major == 0 && version.minor == 0;
  if (version.major != SchemaVersion{}.major && !unversioned)
    view.fail(c10::str("schema version ", version.major, ".", version.minor,
                       " is not supported, only major version ", SchemaVersion{}.major,
                       "; export the program again"));
}

Program program_of(schema::ExportedProgram model, const std::string& record) {
  Program program;
  try {
    program.graph_module = schema::from_schema(model.graph_module);
  } catch (const ProgramError& error) {
    throw ArchiveError(record, error.what());
  }
  program.opset_version = std::move(model.opset_version);
  program.range_constraints = std::move(model.range_constraints);
  program.schema_version = model.schema_version;
  program.verifiers = std::move(model.verifiers);
  program.torch_version = std::move(model.torch_version);
  program.guards_code = std::move(model.guards_code);
  return program;
}

}  // namespace

Program read_model_json(const std::string& record, std::string_view text) {
  json::Document document = json::parse(record, text);
  View view(document);
  check_schema_version(view);
  schema::ExportedProgram model;
  model.torch_version = "<=2.4";  // versions since then write theirs
  read(view, model);
  return program_of(std::move(model), record);
}

PayloadConfig read_payload_json(const std::string& record, std::string_view text) {
  json::Document document = json::parse(record, text);
  PayloadConfig config;
  read(View(document), config);
  return config;
}

}  // namespace roundtrip
