#pragma once

#include <roundtrip/exported_program.h>

namespace roundtrip {

/// What a program's operators may do.
enum class Dialect {
  training,  ///< in-place operators write to their arguments
  aten,      ///< every operator is functional
};

/// Throws `VerificationError` for a program of another dialect or of several.
Dialect dialect_of(const Program& program);

/// Checks a graph and its subgraphs: values are defined once, before their use,
/// and described; operators exist and get the arguments of their schemas.
void verify_graph(const Graph& graph, Dialect dialect);

}  // namespace roundtrip
