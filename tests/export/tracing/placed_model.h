#pragma once

#include <roundtrip/module.h>

#include <string>

/// Models whose source lines the tests know. They are compiled with debug information.
namespace placed {

/// The path of the models' source, as debug information has it.
std::string file();

roundtrip::Module model();
extern const int kForwardLine;
extern const int kScaledLine;
extern const int kModelLine;

roundtrip::Module branching();

roundtrip::Module branching_on_data();
extern const int kBranchLine;
/// Calls an operator with tensors that it does not take.
roundtrip::Module failing();
extern const int kFailingLine;
/// Reads the input through a pointer.
roundtrip::Module reading();
extern const int kReadingLine;
roundtrip::Module reading_a_size();
extern const int kSizeLine;
/// Does something else in each run.
roundtrip::Module counting();
extern const int kCountingLine;
/// Uses a tensor that is no part of the model.
roundtrip::Module using_from_outside();
extern const int kOutsideLine;

}  // namespace placed
