// capture_programs OUTDIR: exports every model and writes OUTDIR/STEM.pt2 and, as a
// flat tuple, what the model itself returns: OUTDIR/STEM.expected.pt.
#include <ATen/ATen.h>
#include <roundtrip/pytree.h>
#include <roundtrip/torch_save.h>

#include <filesystem>
#include <fstream>
#include <iostream>

#include "export/archive/program_archive.h"
#include "export/capture/capture.h"
#include "tests/interop/captured/captured_models.h"

namespace roundtrip {
namespace {

void write_outputs(const Value& outputs, const std::filesystem::path& path) {
  const Bytes bytes = torch_save(Value::tuple(tree_flatten(outputs)));
  std::ofstream(path, std::ios::binary)
      .write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

/// The program is saved before the model runs, which may change its buffers.
void write_model(const CapturedModel& model, const std::filesystem::path& folder) {
  at::manual_seed(0);
  const ExportCall call = model.make();
  write_program(capture_program(call), folder / (model.stem + ".pt2"));
  at::manual_seed(0);
  write_outputs(call.module(call.args, call.kwargs), folder / (model.stem + ".expected.pt"));
}

int write_models(const std::filesystem::path& folder) {
  int failures = 0;
  for (const auto& models : {control_flow_models(), module_call_models()}) {
    for (const CapturedModel& model : models) {
      try {
        write_model(model, folder);
      } catch (const std::exception& error) {
        std::cerr << model.stem << ": " << error.what() << "\n";
        ++failures;
      }
    }
  }
  return failures;
}

}  // namespace
}  // namespace roundtrip

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: capture_programs OUTDIR\n";
    return 2;
  }
  std::filesystem::create_directories(argv[1]);
  return roundtrip::write_models(argv[1]) == 0 ? 0 : 1;
}
