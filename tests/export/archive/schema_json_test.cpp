#include "export/archive/schema_json.h"

#include <doctest/doctest.h>

#include <limits>

#include "tests/export/archive/support.h"

using namespace roundtrip;
using test::changed_model;
using test::contains;
using test::load_error;

namespace {

Program read_model(std::string_view text) {
  return read_model_json("m", text);
}

/// A model whose one node has this argument, as JSON text.
std::string model_with_argument(const std::string& argument) {
  std::string text = write_model_json("m", test::sample_program());
  std::size_t at = text.find(R"({"as_float": 2.5})");
  REQUIRE(at != text.npos);
  return text.replace(at, 17, argument);
}

Argument argument_of(const Program& program) {
  return program.graph_module.graph.nodes().front().inputs().at(2).arg;
}

std::string model_error(const std::string& argument) {
  return test::archive_error([&] { read_model(model_with_argument(argument)); });
}

const std::string kGraph =
    R"({"inputs": [], "outputs": [], "nodes": [], "tensor_values": {}, "sym_int_values": {}, )"
    R"("sym_bool_values": {}, "is_single_tensor_return": true, "custom_obj_values": {}, )"
    R"("sym_float_values": {}})";

}  // namespace

TEST_CASE("every kind of argument is read and written back the same") {
  for (const std::string& argument : std::vector<std::string>{
           R"({"as_none": true})",
           R"({"as_tensor": {"name": "x"}})",
           R"({"as_tensors": [{"name": "x"}, {"name": "y"}]})",
           R"({"as_int": -9223372036854775808})",
           R"({"as_ints": [1, 9223372036854775807]})",
           R"({"as_float": "-Infinity"})",
           R"({"as_floats": [1.0, 1e-05, "NaN", "Infinity"]})",
           R"({"as_string": "caf\u00e9 \ud83d\ude00 \" \\ \n \u0000"})",
           R"({"as_strings": ["", "a"]})",
           R"({"as_sym_int": {"as_name": "s0"}})",
           R"({"as_sym_ints": [{"as_name": "s0"}, {"as_int": 3}]})",
           R"({"as_scalar_type": 13})",
           R"({"as_memory_format": 2})",
           R"({"as_layout": 7})",
           R"({"as_device": {"type": "cpu", "index": null}})",
           R"({"as_device": {"type": "cuda", "index": 1}})",
           R"({"as_bool": false})",
           R"({"as_bools": [true, false]})",
           R"({"as_sym_bool": {"as_bool": true}})",
           R"({"as_sym_bools": [{"as_name": "b"}]})",
           R"({"as_graph": {"name": "true_graph_0", "graph": )" + kGraph + "}}",
           R"({"as_optional_tensors": [{"as_tensor": {"name": "x"}}, {"as_none": true}]})",
           R"({"as_custom_obj": {"name": "o", "class_fqn": "C"}})",
           R"({"as_operator": "aten.add"})",
           R"({"as_sym_float": {"as_float": 0.5}})",
           R"({"as_sym_floats": [{"as_name": "f"}]})",
           R"({"as_optional_tensor": {"as_none": true}})",
           R"({"as_complex": {"real": 1.0, "imag": "-Infinity"}})",
           R"({"as_nested_tensors": [[{"name": "x"}], []]})",
           R"({"as_int_lists": [[1], [2, 3]]})",
           R"({"as_string_to_argument": {"k": {"as_int": 1}, "j": {"as_none": true}}})",
           R"({"as_float_lists": [[0.5]]})",
           R"({"as_something_new": {"k": [1, null, "x", 0.1]}})"}) {
    CAPTURE(argument);
    std::string text = model_with_argument(argument);
    CHECK(write_model_json("m", read_model(text)) == text);
  }
}

TEST_CASE("an argument of an unknown kind is kept") {
  Argument argument = argument_of(read_model(model_with_argument(R"({"as_new": [1,2]})")));
  REQUIRE(argument.get<UnknownArgument>());
  CHECK(argument.get<UnknownArgument>()->tag == "as_new");
  CHECK(argument.get<UnknownArgument>()->json == "[1, 2]");
}

TEST_CASE("numbers are read as Python reads them") {
  auto number = [](const std::string& text) {
    return *argument_of(read_model(model_with_argument("{\"as_float\": " + text + "}")))
                .get<double>();
  };
  CHECK(number("3") == 3.0);
  CHECK(number("-Infinity") == -std::numeric_limits<double>::infinity());
  CHECK(std::isnan(number("NaN")));
}

TEST_CASE("enums are translated between the schema and c10") {
  auto argument = argument_of(read_model(model_with_argument(R"({"as_scalar_type": 28})")));
  CHECK((*argument.get<c10::ScalarType>() == c10::ScalarType::UInt16));
  argument = argument_of(read_model(model_with_argument(R"({"as_memory_format": 4})")));
  CHECK((*argument.get<c10::MemoryFormat>() == c10::MemoryFormat::Preserve));
  argument = argument_of(read_model(model_with_argument(R"({"as_layout": 3})")));
  CHECK((*argument.get<c10::Layout>() == c10::Layout::SparseCsc));
}

TEST_CASE("faults in an argument are named with their path") {
  const std::string kPath = "record 'm': graph_module.graph.nodes[0].inputs[2].arg";
  CHECK(model_error("{}") == kPath + ": expected an object with exactly one tag, found 0");
  CHECK(model_error(R"({"as_int": 1, "as_none": true})") ==
        kPath + ": expected an object with exactly one tag, found 2");
  CHECK(model_error("[]") == kPath + ": expected an object, found an array");
  CHECK(model_error(R"({"as_int": 1.5})") ==
        kPath + ".as_int: expected an integer of 64 bits, found a fractional or very large number");
  CHECK(model_error(R"({"as_int": 9223372036854775808})") ==
        kPath + ".as_int: the integer does not fit into 64 bits");
  CHECK(model_error(R"({"as_ints": [1, true]})") ==
        kPath + ".as_ints[1]: expected an integer of 64 bits, found a boolean");
  CHECK(model_error(R"({"as_scalar_type": 99})") == kPath + ".as_scalar_type: unknown dtype 99");
  CHECK(model_error(R"({"as_layout": 0})") == kPath + ".as_layout: unknown layout 0");
  CHECK(model_error(R"({"as_device": {"type": "abacus"}})") ==
        kPath + ".as_device: unknown device type 'abacus'");
  CHECK(model_error(R"({"as_device": {"type": "cuda", "index": 300}})") ==
        kPath + ".as_device: there is no device cuda:300");
  CHECK(model_error(R"({"as_sym_int": {"as_text": "x"}})") ==
        kPath + ".as_sym_int.as_text: unknown tag");
  CHECK(model_error(R"({"as_string_to_argument": {"k": {"as_int": 1}, "k": {"as_int": 2}}})") ==
        kPath + ".as_string_to_argument: the key 'k' occurs twice");
}

TEST_CASE("nesting is limited") {
  std::string argument = R"({"as_int": 1})";
  for (int i = 0; i < 300; ++i) argument = R"({"as_string_to_argument": {"k": )" + argument + "}}";
  CHECK(contains(model_error(argument), "nested deeper than 500 levels"));
}

TEST_CASE("faults in the model are named with their path") {
  CHECK(load_error(changed_model(R"("target": "torch.ops.aten.add.Tensor", )", "")) ==
        "record 'models/model.json': graph_module.graph.nodes[0]: the field 'target' is missing");
  CHECK(load_error(changed_model(R"("add": {"dtype")", R"("x": {"dtype")")) ==
        "record 'models/model.json': graph_module.graph.tensor_values.x: the key occurs twice");
  CHECK(load_error(changed_model(R"("name": "add"}], "tensor_values")",
                                 R"("name": "add", "name": "sub"}], "tensor_values")")) ==
        "record 'models/model.json': graph_module.graph.nodes[0]: the key 'name' occurs twice");
  CHECK(contains(load_error(changed_model(R"("parameter": {)", R"("parametr": {)")),
                 "graph_module.signature.input_specs[0].parametr: unknown tag"));
  CHECK(contains(load_error(changed_model("File ", "File \xff")),
                 "record 'models/model.json': line 1 column "));
  CHECK(contains(load_error(changed_model("\"nodes\": [", "\"nodes\": [,")), "not valid JSON"));
}

TEST_CASE("keys that are not known are ignored, in any order of keys") {
  Bytes plain = write_program(test::sample_program());
  Bytes reordered = changed_model(R"({"dtype": 7, "sizes")", R"({"later": {"a": [1]}, "sizes")");
  CHECK(contains(load_error(reordered), "the field 'dtype' is missing"));
  Bytes extended = changed_model(R"({"dtype": 7, )", R"({"later": {"a": [1]}, "dtype": 7, )");
  CHECK(write_program(read_program(extended, {})) == plain);
  Bytes swapped = changed_model(R"("opset_version": {"aten": 10}, "range_constraints")",
                                R"("guards_code": [], "opset_version": {"aten": 10}, )"
                                R"("range_constraints")");
  CHECK(contains(load_error(swapped), "the key 'guards_code' occurs twice"));
}

TEST_CASE("fields that older files lack take their defaults") {
  Bytes bytes = changed_model(
      R"(, "is_single_tensor_return": false, "custom_obj_values": {}, "sym_float_values": {}})",
      "}");
  CHECK(load_error(bytes) == "");
  bytes = changed_model(
      R"(, "verifiers": ["TRAINING"], "torch_version": "2.13.0+cpu", "guards_code": [])", "");
  Program program = read_program(bytes, {});
  CHECK(program.verifiers.empty());
  CHECK(program.torch_version == "<=2.4");
  bytes = changed_model(R"(, "is_hop_single_tensor_return": null, "name": "add")", "");
  CHECK_FALSE(read_program(bytes, {}).graph_module.graph.nodes().front().name());
}

TEST_CASE("nodes of files that have no names for them are written without") {
  std::string text = write_model_json("m", test::sample_program());
  const std::string name = R"(, "name": "add")";
  const auto at = text.find(name);
  REQUIRE(at != text.npos);
  text.erase(at, name.size());
  CHECK(write_model_json("m", read_model(text)) == text);
}

TEST_CASE("another major schema version is refused before anything else is read") {
  Bytes bytes = changed_model(R"({"major": 8, "minor": 20})", R"({"major": 9, "minor": 0})");
  CHECK(contains(load_error(bytes),
                 "schema_version: schema version 9.0 is not supported, only major version 8"));
  CHECK(load_error(changed_model(R"("minor": 20})", R"("minor": 99})")) == "");
}

TEST_CASE("what the format cannot spell is not written") {
  Program program = test::sample_program();
  program.graph_module.graph.nodes().front().set_target("\xff");
  CHECK(test::archive_error([&] { write_program(program); }) ==
        "record 'models/model.json': cannot write a text that is not UTF-8");
  program = test::sample_program();
  program.graph_module.graph.nodes().front().set_input(2, c10::ScalarType::QInt8);
  CHECK(contains(test::archive_error([&] { write_program(program); }),
                 "the format has no number for dtype"));
}

TEST_CASE("names with control characters are refused") {
  for (const auto& [from, to] : std::vector<std::pair<std::string, std::string>>{
           {R"("torch.ops.aten.add.Tensor")", R"("torch.ops.aten.\u001b[2J.Tensor")"},
           {R"("name": "add"}], "tensor_values")", R"("name": "a\ndd"}], "tensor_values")"},
           {R"("parameter_name": "w")", R"("parameter_name": "w\r")"},
           {R"("add": {"dtype")", R"("add\u009b": {"dtype")"}}) {
    CAPTURE(from);
    CHECK(load_error(changed_model(from, to)).ends_with("control characters, which no name has"));
  }
}
