// unflatten_programs OUTDIR FILE...: unflattens every program and writes OUTDIR/STEM.txt,
// the names, parameters, buffers and graph of each module, OUTDIR/STEM.tree.txt, how the
// tree is printed, and what it returns on its example inputs, as a flat tuple:
// OUTDIR/STEM.out.pt. OUTDIR/STEM.error.txt says why not.
#include <ATen/ATen.h>
#include <roundtrip/archive.h>
#include <roundtrip/pytree.h>
#include <roundtrip/torch_save.h>
#include <roundtrip/unflatten.h>

#include <filesystem>
#include <fstream>
#include <iostream>

namespace roundtrip {
namespace {

std::string listed(const std::string& kind, const OrderedMap<at::Tensor>& tensors) {
  std::string text;
  for (const auto& entry : tensors) text += kind + " " + entry.key() + "\n";
  return text;
}

void describe(const UnflattenedModule& program, std::ostream& out) {
  out << listed("parameter", program.named_parameters())
      << listed("buffer", program.named_buffers());
  for (const auto& [name, module] : program.named_modules()) {
    out << "module " << name << "\n" << module.graph_text();
  }
}

void write_outputs(const ExportedProgram& original, const UnflattenedModule& program,
                   const std::filesystem::path& path) {
  const auto inputs = original.example_inputs();
  if (!inputs) return;
  at::manual_seed(0);
  const Bytes bytes = torch_save(Value::tuple(tree_flatten(program(inputs->args, inputs->kwargs))));
  std::ofstream(path, std::ios::binary)
      .write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

void unflatten_file(const std::filesystem::path& file, const std::filesystem::path& folder) {
  const std::string stem = file.stem().string();
  try {
    const ExportedProgram original = load(file, {.allowed = {.all = true}});
    const UnflattenedModule program = unflatten(original);
    std::ofstream text(folder / (stem + ".txt"));
    describe(program, text);
    std::ofstream(folder / (stem + ".tree.txt")) << program.str();
    write_outputs(original, program, folder / (stem + ".out.pt"));
  } catch (const std::exception& error) {
    std::ofstream(folder / (stem + ".error.txt")) << error.what() << "\n";
  }
}

}  // namespace
}  // namespace roundtrip

int main(int argc, char** argv) {
  if (argc < 3) {
    std::cerr << "usage: unflatten_programs OUTDIR FILE...\n";
    return 2;
  }
  std::filesystem::create_directories(argv[1]);
  for (int i = 2; i < argc; ++i) roundtrip::unflatten_file(argv[i], argv[1]);
  return 0;
}
