#include <roundtrip/transform.h>

using namespace roundtrip;

/// Export as the test asked; save to memory; load.
class SerdesNonStrict final : public Transform {
 public:
  ExportedProgram export_program(const ExportFn& next, ExportCall call) const override {
    return saved_and_loaded(next(std::move(call)));
  }
};

ROUNDTRIP_PLUGIN("serdes_nonstrict", "1.0", "Export as the test asked, save and load again");
ROUNDTRIP_TRANSFORM(SerdesNonStrict, "serdes_nonstrict", "Export as asked, save, load");
