#include <roundtrip/transform.h>

using namespace roundtrip;

/// Export, then export the program again as a model. Dynamic shapes are given by position the
/// second time.
class Retraceability final : public Transform {
 public:
  explicit Retraceability(const OptionValues& values) : strict_(values.flag("strict")) {}

  ExportedProgram export_program(const ExportFn& next, ExportCall call) const override {
    if (strict_) call.options.strict = call.options.strict.value_or(true);
    const ExportedProgram program = next(call);
    call.module = program.module();
    auto& shapes = call.options.dynamic_shapes;
    shapes = shapes.in_order(call.module, call.args, call.kwargs);
    return next(std::move(call));
  }

 private:
  bool strict_;
};

ROUNDTRIP_PLUGIN("retraceability", "1.0", "Export a program again");
ROUNDTRIP_TRANSFORM(Retraceability, "retraceability", "Export, export the program's module again",
                    option("strict", false, "export with strict=true, unless the test gives it"));
