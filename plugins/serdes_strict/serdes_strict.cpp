#include <roundtrip/transform.h>

using namespace roundtrip;

/// Export strictly, unless the test said otherwise; save to memory; load.
class SerdesStrict final : public Transform {
 public:
  ExportedProgram export_program(const ExportFn& next, ExportCall call) const override {
    call.options.strict = call.options.strict.value_or(true);
    return saved_and_loaded(next(std::move(call)));
  }
};

ROUNDTRIP_PLUGIN("serdes_strict", "1.0", "Export strictly, save and load again");
ROUNDTRIP_TRANSFORM(SerdesStrict, "serdes_strict", "Export with strict=true, save, load");
