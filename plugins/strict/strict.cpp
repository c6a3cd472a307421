#include <roundtrip/transform.h>

using namespace roundtrip;

/// Export strictly, unless the test said otherwise.
class Strict final : public Transform {
 public:
  ExportedProgram export_program(const ExportFn& next, ExportCall call) const override {
    call.options.strict = call.options.strict.value_or(true);
    return next(std::move(call));
  }
};

ROUNDTRIP_PLUGIN("strict", "1.0", "Export strictly");
ROUNDTRIP_TRANSFORM(Strict, "strict", "Export with strict=true");
