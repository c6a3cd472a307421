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

/// Models of `torch::nn`.
std::vector<CapturedModel> nn_models();
/// Plain functions of tensors.
std::vector<CapturedModel> function_models();
/// Control flow and regions of other modes.
std::vector<CapturedModel> control_flow_models();

}  // namespace roundtrip
