#pragma once

#include <roundtrip/nn.h>
#include <roundtrip/unflatten.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

/// What the tests of programs turned back into modules share.
namespace roundtrip {

/// A new model of class `M`, whose input is `x`.
template <typename M>
Module module_of() {
  return make_module(std::make_shared<M>()).arg_names({"x"});
}

/// What upstream leaves out of tests that export a program again, which knows no signatures of
/// submodules.
inline constexpr const char* kNoSwapping =
    "a program that is exported again has no submodules that can be swapped";

/// Options that keep the call signatures of these modules.
inline ExportOptions preserving(std::vector<std::string> names) {
  ExportOptions options;
  options.preserve_module_call_signature = std::move(names);
  return options;
}

}  // namespace roundtrip
