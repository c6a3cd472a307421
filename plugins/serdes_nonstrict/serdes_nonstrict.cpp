#include <roundtrip/transform.h>

using namespace roundtrip;

/// Export as the test asked; save to memory; load.
class SerdesNonStrict final : public Transform {
 public:
  ExportedProgram export_program(const ExportFn& next, ExportCall call) const override {
    const ExportedProgram program = next(std::move(call));
    ExportedProgram loaded = load(save(program), {.allowed = program.program().allowed});
    // They are of the call, not of the file.
    loaded.mutable_program().warnings = program.program().warnings;
    return loaded;
  }
};

ROUNDTRIP_PLUGIN("serdes_nonstrict", "1.0", "Export as the test asked, save and load again");
ROUNDTRIP_TRANSFORM(SerdesNonStrict, "serdes_nonstrict", "Export as asked, save, load");
