#include "suites/test_export/dynamic.h"

#include <algorithm>
#include <iostream>

namespace roundtrip {

namespace {

template <typename Call>
std::string error_of(const Call& call) {
  try {
    call();
  } catch (const std::exception& error) {
    return error.what();
  }
  CHECK_MESSAGE(false, "no error");
  return "";
}

}  // namespace

ExportOptions dynamic(DynamicShapes shapes) {
  ExportOptions options;
  options.dynamic_shapes = std::move(shapes);
  return options;
}

ExportOptions positional(std::vector<ShapeSpec> shapes) {
  return dynamic(DynamicShapes::positional(std::move(shapes)));
}

std::string export_error(TestContext& t, const Module& model, const Values& args,
                         ExportOptions options) {
  return error_of([&] { t.export_program(model, args, {}, options); });
}

std::string run_error(const ExportedProgram& program, const Values& args) {
  return error_of([&] { program.run(args); });
}

bool has_in_order(const std::string& text, std::initializer_list<const char*> parts) {
  std::size_t from = 0;
  for (const std::string part : parts) {
    from = text.find(part, from);
    if (from == std::string::npos) {
      std::cerr << "'" << part << "' is missing, or too early, in:\n" << text << "\n";
      return false;
    }
    from += part.size();
  }
  return true;
}

std::size_t count_in_text(const ExportedProgram& program, const std::string& part) {
  const std::string text = program.str();
  std::size_t count = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

std::string annotation(const ExportedProgram& program, const std::string& input) {
  const std::string text = program.str();
  const std::string head = " " + input + ": \"";
  const auto start = text.find(head);
  if (start == std::string::npos) return "no input " + input;
  const auto end = text.find('"', start + head.size());
  return text.substr(start + head.size(), end - start - head.size());
}

bool all_same(const ExportedProgram& program, const std::vector<const char*>& inputs) {
  for (const char* input : inputs) {
    if (annotation(program, input) != annotation(program, inputs[0])) return false;
  }
  return annotation(program, inputs[0]).find("[s") != std::string::npos;
}

Value instance(std::string type, Values fields) {
  return Container{std::move(type), "null", {}, std::move(fields)};
}

std::vector<c10::SymInt> to_list(const Tensor& tensor) {
  std::vector<c10::SymInt> numbers;
  for (const Tensor& one : tensor.unbind()) numbers.push_back(item(one));
  return numbers;
}

std::vector<std::int64_t> lower_bounds(const ExportedProgram& program) {
  std::vector<std::int64_t> bounds;
  for (const auto& range : program.program().range_constraints.values()) {
    bounds.push_back(range.min_val.value_or(-1));
  }
  std::ranges::sort(bounds);
  return bounds;
}

std::vector<std::int64_t> upper_bounds(const ExportedProgram& program) {
  std::vector<std::int64_t> bounds;
  for (const auto& range : program.program().range_constraints.values()) {
    bounds.push_back(range.max_val.value_or(-1));
  }
  std::ranges::sort(bounds);
  return bounds;
}

}  // namespace roundtrip
