#include <roundtrip/transform.h>

using namespace roundtrip;

/// Export strictly, unless the test said otherwise; save to memory; load.
class SerdesStrict final : public Transform {
 public:
  ExportedProgram export_program(const ExportFn& next, ExportCall call) const override {
    call.options.strict = call.options.strict.value_or(true);
    const ExportedProgram program = next(std::move(call));
    ExportedProgram loaded = load(save(program), {.allowed = program.program().allowed});
    // They are of the call, not of the file.
    loaded.mutable_program().warnings = program.program().warnings;
    return loaded;
  }
};

ROUNDTRIP_PLUGIN("serdes_strict", "1.0", "Export strictly, save and load again");
ROUNDTRIP_TRANSFORM(SerdesStrict, "serdes_strict", "Export with strict=true, save, load");
