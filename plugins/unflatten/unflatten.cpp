#include <roundtrip/transform.h>
#include <roundtrip/unflatten.h>

using namespace roundtrip;

/// Export, make modules of the program again, and export those.
class Unflatten final : public Transform {
 public:
  ExportedProgram export_program(const ExportFn& next, ExportCall call) const override {
    const ExportedProgram program = next(call);
    call.module = unflatten(program).module();
    auto& shapes = call.options.dynamic_shapes;
    shapes = shapes.in_order(call.module, call.args, call.kwargs);
    return next(std::move(call));
  }
};

ROUNDTRIP_PLUGIN("unflatten", "1.0", "Make modules of programs, and programs of those");
ROUNDTRIP_TRANSFORM(Unflatten, "unflatten", "Export, unflatten, and export the modules");
