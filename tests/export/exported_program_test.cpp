#include <ATen/ATen.h>
#include <doctest/doctest.h>
#include <roundtrip/archive.h>
#include <roundtrip/error.h>
#include <roundtrip/export.h>

#include <sstream>

using namespace roundtrip;

namespace {

ExportedProgram scaled(const at::Tensor& scale) {
  Module model([scale](const at::Tensor& x) { return x * scale; });
  model.arg_names({"x"});
  return export_program(model, {at::ones({2})});
}

std::string as_text(const Bytes& bytes) {
  return {bytes.begin(), bytes.end()};
}

at::Tensor& scale_of(ExportedProgram& program) {
  return std::get<at::Tensor>(program.mutable_program().constants["lifted_tensor_0"].data);
}

}  // namespace

TEST_CASE("a stream holds the same archive as memory") {
  // Larger than the reader's first block, so that it has to grow.
  auto program = scaled(at::rand({2}).expand({2}).clone());
  program.mutable_program().extra_files.insert("big", RawBytes{std::string_view(), nullptr});
  const std::string text(1 << 18, 'x');
  program.mutable_program().extra_files["big"].view = text;

  std::stringstream stream;
  save(program, stream);
  CHECK(stream.str() == as_text(save(program)));

  auto loaded = load(stream);
  CHECK(loaded.program().extra_files["big"].view == text);
  CHECK(save(loaded) == save(program));
}

TEST_CASE("a stream that is no archive is refused") {
  std::stringstream stream("not an archive");
  CHECK_THROWS_AS(load(stream), ArchiveError);
}

TEST_CASE("copies are one program, a clone is another") {
  auto program = scaled(at::full({2}, 3.0));
  auto copy = program;
  auto clone = program.clone();
  scale_of(copy).fill_(5.0);
  CHECK(program.run({at::ones({2})}).tensor()[0].item<double>() == 5.0);
  CHECK(clone.run({at::ones({2})}).tensor()[0].item<double>() == 3.0);
}

TEST_CASE("an edited program is compiled anew") {
  auto program = scaled(at::full({2}, 3.0));
  CHECK(program.run({at::ones({2})}).tensor()[0].item<double>() == 3.0);
  program.mutable_program().graph_module.graph.nodes[0].target = "torch.ops.aten.add.Tensor";
  CHECK(program.run({at::ones({2})}).tensor()[0].item<double>() == 4.0);
}
