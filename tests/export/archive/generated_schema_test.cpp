#include <doctest/doctest.h>
#include <torch/csrc/utils/generated_serialization_types.h>

#include <algorithm>

#include "export/archive/schema_enums.h"
#include "export/archive/schema_tables.h"

/// Our schema types against those that LibTorch generates from the same schema, field for field:
/// a record with every field of ours, each of its type, is read into LibTorch's type and written
/// again. A field that LibTorch does not know would be gone, one that we do not know would be
/// there besides, and one of another type is an error.
namespace roundtrip {
namespace {

namespace theirs = torch::_export;
using nlohmann::json;

template <typename T>
struct Type {};

json sample(Type<bool>) {
  return true;
}
json sample(Type<std::int64_t>) {
  return 7;
}
json sample(Type<double>) {
  return 1.5;
}
json sample(Type<std::string>) {
  return "text";
}
json sample(Type<NoneArgument>) {
  return true;
}
json sample(Type<OperatorArgument>) {
  return "text";
}
json sample(Type<Metadata>) {
  return {{"key", "text"}};
}
template <typename Enum>
requires std::is_enum_v<Enum> json sample(Type<Enum>) {
  std::int64_t number = 0;
  while (!enum_from_schema<Enum>(number)) ++number;
  return number;
}
json sample(Type<c10::Device>);
json sample(Type<std::complex<double>>);
json sample(Type<schema::ArgumentDict>);
template <schema::Struct T>
json sample(Type<T>);
template <schema::Union T>
json sample(Type<T>);
template <typename T>
json sample(Type<std::optional<T>>);
template <typename T>
json sample(Type<Box<T>>);
template <typename T>
json sample(Type<std::vector<T>>);
template <typename T>
json sample(Type<OrderedMap<T>>);

json sample(Type<c10::Device>) {
  return sample(Type<schema::DeviceFields>());
}
json sample(Type<std::complex<double>>) {
  return sample(Type<schema::ComplexFields>());
}
json sample(Type<schema::ArgumentDict>) {
  return {{"key", sample(Type<schema::Argument>())}};
}
template <typename T>
json sample(Type<std::optional<T>>) {
  return sample(Type<T>());
}
template <typename T>
json sample(Type<Box<T>>) {
  return sample(Type<T>());
}
template <typename T>
json sample(Type<std::vector<T>>) {
  return json::array({sample(Type<T>())});
}
template <typename T>
json sample(Type<OrderedMap<T>>) {
  return {{"key", sample(Type<T>())}};
}

template <typename Struct, typename Member>
json sample_member(const schema::Field<Struct, Member>&) {
  return sample(Type<Member>());
}

template <schema::Struct T>
json sample(Type<T>) {
  json record;
  std::apply(
      [&](const auto&... field) {
        ((record[std::string(field.name)] = sample_member(field)), ...);
      },
      schema::Fields<T>::value);
  return record;
}

template <typename T>
using VariantOf = std::decay_t<decltype(schema::variant_of(std::declval<T&>()))>;

template <typename T, std::size_t I>
json alternative() {
  return {{std::string(schema::Tags<T>::value[I]),
           sample(Type<std::variant_alternative_t<I, VariantOf<T>>>())}};
}

/// The first alternative, which has no union in it again.
template <schema::Union T>
json sample(Type<T>) {
  return alternative<T, 0>();
}

template <typename Ours, typename Theirs>
void check_struct() {
  const json record = sample(Type<Ours>());
  CHECK(json(record.get<Theirs>()) == record);
}

template <typename Ours, typename Theirs, std::size_t... I>
void check_alternatives(std::index_sequence<I...>) {
  const auto check = [](const json& record) { CHECK(json(record.get<Theirs>()) == record); };
  (check(alternative<Ours, I>()), ...);
}

/// Also that LibTorch's union has no more tags than ours.
template <typename Ours, typename Theirs>
void check_union() {
  constexpr std::size_t kCount = schema::Tags<Ours>::value.size();
  check_alternatives<Ours, Theirs>(std::make_index_sequence<kCount>());
  CHECK_THROWS(printEnum(static_cast<typename Theirs::Tag>(kCount)));
}

/// The numbers that both take for a value of an enum. 0 is LibTorch's "unknown", which we refuse.
template <typename Ours, typename Theirs>
void check_enum() {
  for (int number = 1; number < 100; ++number) {
    bool is_theirs = true;
    try {
      printEnum(static_cast<Theirs>(number));
    } catch (const std::runtime_error&) {
      is_theirs = false;
    }
    CAPTURE(number);
    CHECK(enum_from_schema<Ours>(number).has_value() == is_theirs);
  }
}

}  // namespace

TEST_CASE("Structs of the schema have the fields that LibTorch's have") {
  check_struct<schema::ExportedProgram, theirs::ExportedProgram>();
  check_struct<schema::GraphModule, theirs::GraphModule>();
  check_struct<schema::Graph, theirs::Graph>();
  check_struct<schema::Node, theirs::Node>();
  check_struct<schema::NamedArgument, theirs::NamedArgument>();
  check_struct<TensorMeta, theirs::TensorMeta>();
  check_struct<SymExpr, theirs::SymExpr>();
  check_struct<schema::GraphSignature, theirs::GraphSignature>();
  check_struct<schema::ModuleCallEntry, theirs::ModuleCallEntry>();
  check_struct<schema::ModuleCallSignature, theirs::ModuleCallSignature>();
  check_struct<NamedTupleDef, theirs::NamedTupleDef>();
  check_struct<RangeConstraint, theirs::RangeConstraint>();
  check_struct<SchemaVersion, theirs::SchemaVersion>();
  check_struct<PayloadConfig, theirs::PayloadConfig>();
  check_struct<PayloadMeta, theirs::PayloadMeta>();
}

TEST_CASE("Unions of the schema have the alternatives that LibTorch's have") {
  check_union<schema::Argument, theirs::Argument>();
  check_union<schema::OptionalTensorArgument, theirs::OptionalTensorArgument>();
  check_union<SymInt, theirs::SymInt>();
  check_union<SymFloat, theirs::SymFloat>();
  check_union<SymBool, theirs::SymBool>();
  check_union<SymExprHint, theirs::SymExprHint>();
  check_union<schema::SymIntArgument, theirs::SymIntArgument>();
  check_union<schema::SymFloatArgument, theirs::SymFloatArgument>();
  check_union<schema::SymBoolArgument, theirs::SymBoolArgument>();
  check_union<schema::ConstantValue, theirs::ConstantValue>();
  check_union<schema::InputSpec, theirs::InputSpec>();
  check_union<schema::OutputSpec, theirs::OutputSpec>();
}

TEST_CASE("Enums of the schema have the numbers that LibTorch's have") {
  check_enum<c10::ScalarType, theirs::ScalarType>();
  check_enum<c10::Layout, theirs::Layout>();
  check_enum<c10::MemoryFormat, theirs::MemoryFormat>();
}

}  // namespace roundtrip
