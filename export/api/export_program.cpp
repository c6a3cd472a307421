#include <roundtrip/decompositions.h>
#include <roundtrip/export.h>

#include "export/capture/capture.h"
#include "export/capture/forward/dry_run.h"
#include "export/decompose/decompose.h"
#include "export/dispatch/capture_handler.h"

namespace roundtrip {

ExportedProgram ExportedProgram::run_decompositions() const {
  return run_decompositions(default_decompositions());
}

ExportedProgram ExportedProgram::run_decompositions(const DecompositionTable& table) const {
  ExportedProgram result(decompose_program(program(), table));
  result.validate();
  return result;
}

ExportedProgram export_program(ExportCall call) {
  ExportedProgram program(capture_program(call));
  program.validate();
  return program;
}

bool is_exporting() {
  return is_capturing() || is_dry_run();
}

ExportedProgram export_program(Module module, Values args, Kwargs kwargs, ExportOptions options) {
  return export_program(
      {std::move(module), std::move(args), std::move(kwargs), std::move(options)});
}

}  // namespace roundtrip
