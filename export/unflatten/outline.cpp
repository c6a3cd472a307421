#include "export/unflatten/outline.h"

#include <roundtrip/error.h>

#include "export/unflatten/module_frame.h"

namespace roundtrip {

std::string OutlinedCall::accessor() const {
  return path_below(parent_path, call_name(path, call));
}

Outline outline(const Graph& flat, const Signatures& signatures) {
  const FlatGraph values(flat);
  Outline result;
  ModuleFrame root(values, signatures, result);
  const std::size_t end = root.take_nodes(0);
  if (end < values.num_nodes()) {
    throw ProgramError("node '" + values.node(end).name().value_or("") +
                       "' belongs to no module of the program's root");
  }
  root.finish_root();
  return result;
}

}  // namespace roundtrip
