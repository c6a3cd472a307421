#include <roundtrip/transform.h>

using namespace roundtrip;

/// Export, then copy the program and its tensors.
class Clone final : public Transform {
 public:
  ExportedProgram export_program(const ExportFn& next, ExportCall call) const override {
    return next(std::move(call)).clone();
  }
};

ROUNDTRIP_PLUGIN("clone", "1.0", "Copy programs");
ROUNDTRIP_TRANSFORM(Clone, "clone", "Export, then a deep copy of the program");
