#pragma once

#include <roundtrip/symbolic.h>

#include <initializer_list>
#include <string>
#include <vector>

#include "suites/test_export/test_export.h"

/// What the tests of dynamic shapes and of values from data share.
namespace roundtrip {

/// Options that say what is dynamic, by name or for each argument.
ExportOptions dynamic(DynamicShapes shapes);
ExportOptions positional(std::vector<ShapeSpec> shapes);

/// The message of the error that exporting gives; a failed assertion if it gives none.
std::string export_error(TestContext& t, const Module& model, const Values& args,
                         ExportOptions options = {});

/// The same of running the program on inputs.
std::string run_error(const ExportedProgram& program, const Values& args);

/// Whether the text has the parts one after another.
bool has_in_order(const std::string& text, std::initializer_list<const char*> parts);

/// How often `part` stands in the program's text.
std::size_t count_in_text(const ExportedProgram& program, const std::string& part);

/// What the program's text says of an input: `f32[s77, 3]`, `Sym(s86)`.
std::string annotation(const ExportedProgram& program, const std::string& input);

/// Whether the inputs, all of one dynamic size, have the same annotation.
bool all_same(const ExportedProgram& program, const std::vector<const char*>& inputs);

/// An instance of a dataclass that Python's pytree knows.
Value instance(std::string type, Values fields);

/// The values of a one-dimensional tensor: Python's `tolist`.
std::vector<c10::SymInt> to_list(const Tensor& tensor);

/// The value of a tensor of one: Python's `item`.
inline c10::SymInt item(const Tensor& tensor) {
  return tensor.item().toSymInt();
}

/// What a program says whose assertion does not hold.
inline constexpr const char* kAssertion = "Runtime assertion failed for expression ";

/// An integer as a tensor of one.
inline Tensor number(std::int64_t value) {
  return at::scalar_tensor(value, at::kLong);
}

/// Lower and upper bounds of the program's range constraints, sorted; -1 is none.
std::vector<std::int64_t> lower_bounds(const ExportedProgram& program);
std::vector<std::int64_t> upper_bounds(const ExportedProgram& program);

}  // namespace roundtrip
