#include <roundtrip/transform.h>

using namespace roundtrip;

/// Export, then decompose to the core ATen operators.
class Decompose final : public Transform {
 public:
  ExportedProgram export_program(const ExportFn& next, ExportCall call) const override {
    return next(std::move(call)).run_decompositions();
  }
};

ROUNDTRIP_PLUGIN("decompose", "1.0", "Decompose to core ATen operators");
ROUNDTRIP_TRANSFORM(Decompose, "decompose", "Export, then run_decompositions by the default table");
