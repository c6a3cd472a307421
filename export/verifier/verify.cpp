#include "export/verifier/verify.h"

#include "export/verifier/graph_rules.h"
#include "export/verifier/signature_rules.h"

namespace roundtrip {

void verify_program(const Program& program) {
  verify_graph(program.graph_module.graph, dialect_of(program));
  verify_signature(program);
  verify_module_calls(program.graph_module);
}

}  // namespace roundtrip
