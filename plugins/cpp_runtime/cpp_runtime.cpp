#include <roundtrip/transform.h>
#include <iostream>

using namespace roundtrip;

/// Export; decomposed, saved and loaded, the program must give what the model gives.
class CppRuntime final : public Transform {
 public:
  explicit CppRuntime(const OptionValues& values) : strict_(values.flag("strict")) {}

  ExportedProgram export_program(const ExportFn& next, ExportCall call) const override {
    if (strict_) call.options.strict = call.options.strict.value_or(true);
    const ExportedProgram program = next(call);
    Value expected;
    try {
      expected = dry_run(call.module, call.args, call.kwargs);
    } catch (const std::exception& error) {  // as where an assertion of the model does not hold
      std::cerr << "not compared: the model throws on its inputs: " << error.what() << std::endl;
      return program;
    }
    const Module runtime = saved_and_loaded(program.run_decompositions()).module();
    if (allclose(expected, dry_run(runtime, call.args, call.kwargs))) return program;
    throw Error("run by the interpreter, the program does not give what the model gives");
  }

  const bool strict_;
};

ROUNDTRIP_PLUGIN("cpp_runtime", "1.0", "Run programs in the C++ interpreter");
ROUNDTRIP_TRANSFORM(CppRuntime, "cpp_runtime", "Export, and run the program beside the model",
                    option("strict", false, "export with strict=true, unless the test gives it"));
