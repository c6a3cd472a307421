#include "export/program/pickle/example_inputs.h"

#include <roundtrip/error.h>
#include <roundtrip/torch_save.h>

namespace roundtrip {

namespace {

constexpr const char* kRecord = "data/sample_inputs/model.pt";

[[noreturn]] void fail(const std::string& reason) {
  throw ArchiveError(kRecord, reason);
}

Value join(const ExampleInputs& inputs) {
  std::vector<std::pair<Value, Value>> kwargs;
  for (const auto& [name, value] : inputs.kwargs) kwargs.emplace_back(name, value);
  return Value::tuple({Value::tuple(inputs.args), Value::dict(std::move(kwargs))});
}

}  // namespace

ExampleInputs split_example_inputs(Value value) {
  bool is_pair = value.is_container() && value.size() == 2 && value[0].is_container() &&
                 value[1].is_container();
  if (!is_pair) fail("the example inputs are not (args, kwargs)");
  ExampleInputs inputs;
  inputs.args = std::move(value.container().items[0].container().items);
  auto& kwargs = value.container().items[1].container();
  if (kwargs.keys.size() != kwargs.items.size()) fail("the keyword inputs are no dict");
  for (std::size_t i = 0; i < kwargs.items.size(); ++i) {
    if (!kwargs.keys[i].is_string()) fail("the name of a keyword input is no text");
    inputs.kwargs.emplace_back(kwargs.keys[i].string(), std::move(kwargs.items[i]));
  }
  return inputs;
}

Value constant_value(const Argument& constant) {
  const auto as_value = [](const auto& value) -> Value {
    using T = std::decay_t<decltype(value)>;
    if constexpr (std::is_same_v<T, NoneArgument>) {
      return {};
    } else if constexpr (std::is_same_v<T, bool> || std::is_same_v<T, std::int64_t> ||
                         std::is_same_v<T, double> || std::is_same_v<T, std::string>) {
      return value;
    } else {
      throw ProgramError("a constant input is no number, text or None");
    }
  };
  return std::visit(as_value, constant.value);
}

std::optional<ExampleInputs> decode_example_inputs(const RawBytes& bytes, bool map_to_cpu) {
  if (bytes.view.empty()) return std::nullopt;
  try {
    return split_example_inputs(torch_load(bytes.view, map_to_cpu));
  } catch (const UnsupportedError& error) {
    throw UnsupportedError(std::string("the example inputs cannot be read: ") + error.what());
  } catch (const ArchiveError& error) {
    if (!error.record().empty()) throw;
    fail(error.what());
  }
}

RawBytes encode_example_inputs(const ExampleInputs& inputs) {
  try {
    auto bytes = std::make_shared<const Bytes>(torch_save(join(inputs)));
    return {std::string_view(bytes->data(), bytes->size()), bytes};
  } catch (const UnsupportedError&) {
    return {};
  }
}

}  // namespace roundtrip
