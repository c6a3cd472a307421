#include <c10/util/StringUtil.h>
#include <roundtrip/error.h>

#include <complex>
#include <ranges>
#include <type_traits>
#include <variant>

#include "export/archive/json_text.h"
#include "export/archive/schema_enums.h"
#include "export/archive/schema_json.h"
#include "export/archive/schema_tables.h"
#include "export/program/unused_results.h"

namespace roundtrip {
namespace {

// One overload a kind of value; structs and unions go by their tables.

void write(std::string& out, const c10::Device& device);
void write(std::string& out, const std::complex<double>& value);
void write(std::string& out, const Metadata& items);
void write(std::string& out, const schema::ArgumentDict& dict);
template <schema::Struct T>
void write(std::string& out, const T& value);
template <schema::Union T>
void write(std::string& out, const T& value);
template <typename T>
void write(std::string& out, const std::vector<T>& items);
template <typename T>
void write(std::string& out, const std::optional<T>& value);
template <typename T>
void write(std::string& out, const OrderedMap<T>& items);

void write(std::string& out, bool value) {
  json::append_bool(out, value);
}
void write(std::string& out, std::int64_t value) {
  json::append_int(out, value);
}
void write(std::string& out, double value) {
  json::append_double(out, value);
}
void write(std::string& out, const std::string& value) {
  json::append_string(out, value);
}
void write(std::string& out, const NoneArgument&) {
  json::append_bool(out, true);
}
void write(std::string& out, const OperatorArgument& value) {
  json::append_string(out, value.name);
}

template <typename Enum>
requires std::is_enum_v<Enum>
void write(std::string& out, Enum value) {
  std::optional<std::int64_t> number = enum_to_schema(value);
  if (!number)
    throw ArchiveError("", c10::str("the format has no number for ", enum_name<Enum>(), " ",
                                    static_cast<int>(value)));
  json::append_int(out, *number);
}

template <typename T>
void write(std::string& out, const Box<T>& value) {
  write(out, *value);
}

void write(std::string& out, const c10::Device& device) {
  schema::DeviceFields fields{c10::DeviceTypeName(device.type(), /*lower_case=*/true), {}};
  if (device.has_index()) fields.index = device.index();
  write(out, fields);
}

void write(std::string& out, const std::complex<double>& value) {
  write(out, schema::ComplexFields{value.real(), value.imag()});
}

/// Items between brackets, separated as Python does.
template <typename Items, typename WriteItem>
void write_items(std::string& out, char open, Items&& items, char close,
                 const WriteItem& write_item) {
  out += open;
  bool first = true;
  for (const auto& item : items) {
    if (!first) out += ", ";
    first = false;
    write_item(item);
  }
  out += close;
}

template <typename T>
void write_member(std::string& out, std::string_view key, const T& value) {
  json::append_string(out, key);
  out += ": ";
  write(out, value);
}

template <typename T>
void write(std::string& out, const std::vector<T>& items) {
  write_items(out, '[', items, ']', [&](const T& item) { write(out, item); });
}

template <typename T>
void write(std::string& out, const std::optional<T>& value) {
  if (value)
    write(out, *value);
  else
    out += "null";
}

template <typename T>
void write(std::string& out, const OrderedMap<T>& items) {
  write_items(out, '{', items, '}',
              [&](const auto& item) { write_member(out, item.key(), item.value()); });
}

void write(std::string& out, const Metadata& items) {
  auto written = std::views::filter(
      items, [](const auto& item) { return item.first != kUnusedResultsAreNoNodes; });
  write_items(out, '{', written, '}',
              [&](const auto& item) { write_member(out, item.first, item.second); });
}

void write(std::string& out, const schema::ArgumentDict& dict) {
  write_items(out, '{', dict.entries, '}', [&](const schema::KeyedArgument& entry) {
    write_member(out, entry.key, entry.value);
  });
}

template <typename T>
bool is_unset(const std::optional<T>& value) {
  return !value;
}
bool is_unset(const auto&) {
  return false;
}

template <schema::Struct T>
void write(std::string& out, const T& value) {
  char separator = '{';
  auto write_field = [&](const auto& field) {
    if (!field.written_if_unset && is_unset(value.*field.member)) return;
    out += separator;
    if (separator == ',') out += ' ';
    separator = ',';
    write_member(out, field.name, value.*field.member);
  };
  std::apply([&](const auto&... fields) { (write_field(fields), ...); }, schema::Fields<T>::value);
  out += '}';
}

template <typename T>
void write_tagged(std::string& out, std::string_view tag, const T& value) {
  out += '{';
  write_member(out, tag, value);
  out += '}';
}

void write_tagged(std::string& out, std::string_view, const UnknownArgument& unknown) {
  out += '{';
  json::append_string(out, unknown.tag);
  out += ": " + unknown.json + '}';
}

template <schema::Union T>
void write(std::string& out, const T& value) {
  constexpr auto& kTags = schema::Tags<T>::value;
  const auto& variant = schema::variant_of(value);
  std::string_view tag = variant.index() < kTags.size() ? kTags[variant.index()] : "";
  std::visit([&](const auto& alternative) { write_tagged(out, tag, alternative); }, variant);
}

template <typename T>
std::string write_json(const std::string& record, const T& value) {
  std::string out;
  try {
    write(out, value);
  } catch (const ArchiveError& error) {
    throw ArchiveError(record, error.what());
  }
  return out;
}

}  // namespace

std::string write_model_json(const std::string& record, const Program& program) {
  const schema::ExportedProgram model{schema::to_schema(program.graph_module),
                                      program.opset_version,
                                      program.range_constraints,
                                      program.schema_version,
                                      program.verifiers,
                                      program.torch_version,
                                      program.guards_code};
  return write_json(record, model);
}

std::string write_payload_json(const std::string& record, const PayloadConfig& config) {
  return write_json(record, config);
}

std::string argument_json(const Argument& argument,
                          const std::function<std::string(const GraphValue&)>& names) {
  return write_json("an argument", schema::to_schema(argument, names));
}

}  // namespace roundtrip
