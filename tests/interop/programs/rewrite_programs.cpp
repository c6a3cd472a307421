// rewrite_programs OUTDIR FILE...: for every program writes OUTDIR/STEM.module.txt, the
// text of its `module()` exported again, and OUTDIR/STEM.decomposed.pt2, the program
// after `run_decompositions`. OUTDIR/STEM.module.error.txt and
// OUTDIR/STEM.decomposed.error.txt say why not.
#include <roundtrip/archive.h>
#include <roundtrip/decompositions.h>
#include <roundtrip/export.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <iostream>
#include <stdexcept>

namespace roundtrip {
namespace {

using std::filesystem::path;

/// The corpus is ours.
ExportedProgram load_trusted(const path& file) {
  return load(file, {.allowed = {.all = true}});
}

void export_again(const ExportedProgram& program, const path& target) {
  const auto inputs = program.example_inputs();
  if (!inputs) throw std::runtime_error("no example inputs");
  std::ofstream(target) << export_program(program.module(), inputs->args, inputs->kwargs).str();
}

void decompose(const ExportedProgram& program, const path& target) {
  save(program.run_decompositions(), target);
}

void report(const path& target, const std::function<void()>& write) {
  try {
    write();
  } catch (const std::exception& error) {
    std::ofstream(target) << error.what() << "\n";
  }
}

}  // namespace
}  // namespace roundtrip

int main(int argc, char** argv) {
  using namespace roundtrip;
  if (argc < 3) {
    std::cerr << "usage: rewrite_programs OUTDIR FILE...\n";
    return 2;
  }
  for (int i = 2; i < argc; ++i) {
    const path file = argv[i];
    const std::string base = (path(argv[1]) / file.stem()).string();
    report(base + ".module.error.txt",
           [&] { export_again(load_trusted(file), base + ".module.txt"); });
    report(base + ".decomposed.error.txt",
           [&] { decompose(load_trusted(file), base + ".decomposed.pt2"); });
  }
  return 0;
}
