#pragma once

#include <roundtrip/export.h>

#include <functional>
#include <string>
#include <vector>

namespace roundtrip {

/// A C++ model and example inputs, made anew at each call.
struct CapturedModel {
  std::string stem;
  std::function<ExportCall()> make;
};

/// Control flow and regions of other modes.
std::vector<CapturedModel> control_flow_models();
/// Layers that are called by `roundtrip::call`.
std::vector<CapturedModel> module_call_models();

}  // namespace roundtrip
