#pragma once

#include "export/capture/capture.h"
#include "export/program/node_text.h"

namespace roundtrip {

/// Captures a function whose parameters have these names.
template <typename F>
Program capture(F function, std::vector<std::string> names, Values args,
                ExportOptions options = {}) {
  Module module(std::move(function));
  module.arg_names(std::move(names));
  return capture_program({module, std::move(args), {}, std::move(options)});
}

inline std::string text(const Program& program) {
  return graph_text(program.graph_module.graph);
}

}  // namespace roundtrip
