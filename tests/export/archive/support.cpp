#include "tests/export/archive/support.h"

#include <ATen/ATen.h>
#include <doctest/doctest.h>

#include "export/archive/output.h"
#include "export/archive/schema.h"
#include "export/archive/zip_writer.h"

namespace roundtrip::test {
namespace {

Payload tensor_payload(at::Tensor tensor, bool is_param = false) {
  Payload payload;
  payload.data = std::move(tensor);
  payload.is_param = is_param;
  return payload;
}

schema::Node add_node() {
  schema::Node node;
  node.target = "torch.ops.aten.add.Tensor";
  node.inputs = {{"self", {schema::TensorArgument{"p_w"}}, ArgumentKind::positional},
                 {"other", {schema::TensorArgument{"x"}}, ArgumentKind::positional},
                 {"alpha", {2.5}, ArgumentKind::keyword}};
  node.outputs = {{schema::TensorArgument{"add"}}};
  node.metadata = {{"stack_trace", "File \"model.py\", line 3\n"}};
  node.name = "add";
  return node;
}

schema::Graph sample_graph() {
  schema::Graph graph;
  graph.inputs = {{schema::TensorArgument{"p_w"}}, {schema::TensorArgument{"x"}}};
  graph.outputs = {{schema::TensorArgument{"add"}}};
  graph.nodes = {add_node()};
  TensorMeta meta;
  meta.sizes = {std::int64_t{2}, SymExpr{"Symbol('s0', positive=True, integer=True)", {}}};
  meta.strides = {std::int64_t{3}, std::int64_t{1}};
  for (const char* name : {"p_w", "x", "add"}) graph.tensor_values.insert(name, meta);
  return graph;
}

}  // namespace

Program sample_program() {
  schema::GraphModule module;
  module.graph = sample_graph();
  module.signature.input_specs = {schema::InputToParameterSpec{{"p_w"}, "w"},
                                  schema::UserInputSpec{{schema::TensorArgument{"x"}}}};
  module.signature.output_specs = {schema::UserOutputSpec{{schema::TensorArgument{"add"}}}};
  module.module_call_graph = {{"", schema::ModuleCallSignature{{}, {}, "in", "out", {}}}};
  Program program;
  program.graph_module = schema::from_schema(module);
  program.opset_version.insert("aten", 10);
  program.range_constraints.insert("s0", RangeConstraint{2, {}});
  program.verifiers = {"TRAINING"};
  program.torch_version = "2.13.0+cpu";

  at::Tensor weight = at::arange(6, at::kFloat).reshape({2, 3}).set_requires_grad(true);
  program.weights.insert("w", tensor_payload(weight, /*is_param=*/true));
  program.weights.insert("empty", tensor_payload(at::empty({0, 3}, at::kLong)));
  program.weights.insert("tied", tensor_payload(weight.detach().t().slice(0, 1)));
  program.constants.insert("c", tensor_payload(at::ones({2}, at::kBool)));
  Payload object;
  object.data = raw_bytes("pickled object");
  object.raw_prefix = "opaque_obj_";
  program.constants.insert("object", object);
  program.example_inputs = raw_bytes("pickled inputs");
  program.extra_files.insert("notes/readme.txt", raw_bytes("carried along"));
  return program;
}

RawBytes raw_bytes(std::string text) {
  auto owner = std::make_shared<const std::string>(std::move(text));
  return {.view = *owner, .owner = owner};
}

ZipReader open_zip(const Bytes& bytes) {
  return ZipReader(own_bytes(bytes));
}

Records records_of(const Bytes& bytes) {
  Records records;
  ZipReader zip = open_zip(bytes);
  for (const ZipRecord& record : zip.records())
    if (record.name != "byteorder" && !record.name.starts_with(".data/"))
      records.emplace_back(record.name, record.view());
  return records;
}

Bytes zip_of(const Records& records) {
  MemoryOutput output(0);
  ZipWriter zip(output, "archive");
  for (const auto& [name, text] : records) zip.add(name, text);
  zip.finish();
  return output.take();
}

Bytes changed_sample(const std::function<void(Records&)>& change) {
  Records records = records_of(write_program(sample_program()));
  change(records);
  return zip_of(records);
}

void replace_in(Records& records, std::string_view name, std::string_view from,
                std::string_view to) {
  for (auto& [record, text] : records) {
    if (record != name) continue;
    std::size_t at = text.find(from);
    REQUIRE_MESSAGE(at != text.npos, from);
    text.replace(at, from.size(), to);
    return;
  }
  FAIL(name);
}

Bytes changed_model(std::string_view from, std::string_view to) {
  return changed_sample(
      [&](Records& records) { replace_in(records, "models/model.json", from, to); });
}

std::string archive_error(const std::function<void()>& action) {
  try {
    action();
  } catch (const ArchiveError& error) {
    return error.what();
  }
  return "";
}

std::string load_error(Bytes bytes, const LoadOptions& options) {
  return archive_error([&] { read_program(std::move(bytes), options); });
}

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != text.npos;
}

}  // namespace roundtrip::test
