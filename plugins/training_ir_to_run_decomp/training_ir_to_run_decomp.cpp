#include <roundtrip/decompositions.h>
#include <roundtrip/transform.h>

using namespace roundtrip;

/// Export, then make the program functional; operators stay whole.
class TrainingIrToRunDecomp final : public Transform {
 public:
  explicit TrainingIrToRunDecomp(const OptionValues& values) : strict_(values.flag("strict")) {}

  ExportedProgram export_program(const ExportFn& next, ExportCall call) const override {
    if (strict_) call.options.strict = call.options.strict.value_or(true);
    return next(std::move(call)).run_decompositions(DecompositionTable());
  }

 private:
  bool strict_;
};

ROUNDTRIP_PLUGIN("training_ir_to_run_decomp", "1.0", "Make programs functional");
ROUNDTRIP_TRANSFORM(TrainingIrToRunDecomp, "training_ir_to_run_decomp",
                    "Export, then run_decompositions with an empty table",
                    option("strict", false, "export with strict=true, unless the test gives it"));
