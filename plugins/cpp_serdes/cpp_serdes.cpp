#include <roundtrip/transform.h>
#include <torch/csrc/utils/generated_serialization_types.h>

using namespace roundtrip;

/// Export as the test asked; save and load, and pass the program's JSON through the types that
/// LibTorch generates from the schema.
class CppSerdes final : public Transform {
 public:
  ExportedProgram export_program(const ExportFn& next, ExportCall call) const override {
    const ExportedProgram program = saved_and_loaded(next(std::move(call)));
    const torch::_export::ExportedProgram schema = nlohmann::json::parse(program_json(program));
    return with_program_json(program, nlohmann::json(schema).dump());
  }
};

ROUNDTRIP_PLUGIN("cpp_serdes", "1.0", "Pass programs through LibTorch's own schema types");
ROUNDTRIP_TRANSFORM(CppSerdes, "cpp_serdes", "Export, then through LibTorch's C++ schema types");
