// wrong_specs: prints a line for each wrong use of dynamic shapes: its name, a tab, and
// the message it gives. test_wrong_specs.py has the same cases in Python.
#include <ATen/ATen.h>
#include <roundtrip/error.h>

#include <functional>
#include <iostream>

#include "export/capture/inputs/input_constraints.h"

namespace roundtrip {
namespace {

struct Case {
  const char* name;
  std::function<void()> run;
};

/// Asks for `shapes` in the model `forward(self, x, y)`.
void ask(DynamicShapes shapes, Values args) {
  Module module([](const Value& x, const Value&) { return x; });
  module.arg_names({"x", "y"});
  ExportOptions options;
  options.dynamic_shapes = std::move(shapes);
  input_constraints({module, std::move(args), {}, options});
}

at::Tensor x() {
  return at::ones({4, 3});
}

std::vector<Case> dimensions() {
  return {
      {"name", [] { Dim("2x"); }},
      {"equal_bounds", [] { Dim("x", 3, 3); }},
      {"bounds_reversed", [] { Dim("x", 3, 2); }},
      {"max_zero", [] { Dim("x", std::nullopt, 0); }},
      {"times_zero", [] { Dim("d") * 0; }},
      {"times_negative", [] { (Dim("d") + 1) * -2; }},
      {"hint_negative_min", [] { Dim::AUTO(-1, std::nullopt); }},
      {"hint_negative_max", [] { Dim::DYNAMIC(std::nullopt, -1); }},
      {"hint_reversed", [] { Dim::AUTO(4, 3); }},
      {"derived_negative", [] { (Dim("d") - 1).min(); }},
      {"derived_too_large", [] { (4 * Dim("q", 0, std::int64_t{1} << 62)).max(); }},
  };
}

std::vector<Case> tensors() {
  const Dim d("d");
  return {
      {"static_size",
       [] {
         ask({{"x", {{0, 5}}}, {"y", ShapeSpec()}}, {x(), x()});
       }},
      {"short_tuple",
       [d] {
         ask({{"x", {d}}, {"y", ShapeSpec()}}, {x(), x()});
       }},
      {"bare_dim",
       [d] {
         ask({{"x", d}, {"y", ShapeSpec()}}, {x(), x()});
       }},
      {"bare_hint",
       [] {
         ask({{"x", Dim::AUTO(2, 9)}, {"y", ShapeSpec()}}, {x(), x()});
       }},
      {"no_dimension",
       [d] {
         ask({{"x", ShapeSpec::tuple({d, {{0, d}}})}, {"y", ShapeSpec()}}, {x(), x()});
       }},
      {"two_definitions",
       [d] {
         ask({{"x", {{0, d}}}, {"y", {{0, Dim("d", 2, 8)}}}}, {x(), x()});
       }},
      {"two_roots",
       [d] {
         ask({{"x", {{0, 2 * d}}}, {"y", {{0, 2 * Dim("d", 3, 9)}}}}, {x(), x()});
       }},
      {"not_of_the_form",
       [d] {
         ask({{"x", {{0, 2 * d + 1}}}, {"y", {{1, d}}}}, {x(), x()});
       }},
      {"spec_below_zero",
       [d] {
         ask({{"x", {{0, d - 1}}}, {"y", ShapeSpec()}}, {x(), x()});
       }},
  };
}

std::vector<Case> others() {
  const Dim d("d");
  return {
      {"named_integer",
       [d] {
         ask({{"x", {{0, d}}}, {"y", d}}, {x(), 3});
       }},
      {"float",
       [] {
         ask({{"x", ShapeSpec()}, {"y", Dim::AUTO}}, {x(), 1.5});
       }},
      {"float_bounds",
       [] {
         ask({{"x", ShapeSpec()}, {"y", Dim::DYNAMIC(1, 5)}}, {x(), 1.5});
       }},
      {"float_named",
       [d] {
         ask({{"x", ShapeSpec()}, {"y", d}}, {x(), 1.5});
       }},
      {"named_boolean",
       [d] {
         ask({{"x", {{0, d}}}, {"y", d}}, {x(), true});
       }},
      {"float_dims",
       [d] {
         ask({{"x", ShapeSpec()}, {"y", {{0, 2 * d}}}}, {x(), 1.5});
       }},
      {"string",
       [] {
         ask({{"x", ShapeSpec()}, {"y", Dim::STATIC}}, {x(), "a"});
       }},
      {"none",
       [d] {
         ask({{"x", ShapeSpec()}, {"y", {{0, d}}}}, {x(), Value()});
       }},
  };
}

std::vector<Case> structure() {
  const Dim d("d");
  const Value list = Value::list({x(), x()});
  const Value dict = Value::dict({{"a", x()}, {"b", Value::list({x()})}});
  return {
      {"missing_name",
       [d] {
         ask({{"x", {{0, d}}}}, {x(), x()});
       }},
      {"wrong_name",
       [d] {
         ask({{"x", {{0, d}}}, {"z", ShapeSpec()}}, {x(), x()});
       }},
      {"dict_itself",
       [d, dict] {
         ask({{"a", {{0, d}}}, {"b", ShapeSpec()}}, {dict});
       }},
      {"too_few",
       [] {
         ask(DynamicShapes::positional({ShapeSpec()}), {x(), x()});
       }},
      {"list_none",
       [list] {
         ask({{"x", ShapeSpec()}, {"y", ShapeSpec()}}, {x(), list});
       }},
      {"list_none_positional",
       [list] {
         ask(DynamicShapes::positional({ShapeSpec(), ShapeSpec()}), {x(), list});
       }},
      {"list_tuple",
       [list] {
         ask({{"x", ShapeSpec()}, {"y", {std::nullopt, std::nullopt}}}, {x(), list});
       }},
      {"list_dict",
       [d, list] {
         ask({{"x", ShapeSpec()}, {"y", {{0, d}, {1, d}}}}, {x(), list});
       }},
      {"list_short",
       [list] {
         ask({{"x", ShapeSpec()}, {"y", ShapeSpec::list({ShapeSpec()})}}, {x(), list});
       }},
      {"dict_keys",
       [dict] {
         ask({{"x", ShapeSpec()}, {"y", ShapeSpec::dict({{"a", ShapeSpec()}, {"c", ShapeSpec()}})}},
             {x(), dict});
       }},
      {"inner_path",
       [dict, d] {
         ask({{"x", ShapeSpec()},
              {"y", ShapeSpec::dict({{"a", ShapeSpec()}, {"b", ShapeSpec::list({{d}})}})}},
             {x(), dict});
       }},
      {"inner_mismatch",
       [dict, d] {
         ask({{"x", ShapeSpec()},
              {"y", ShapeSpec::dict({{"a", ShapeSpec()}, {"b", ShapeSpec::tuple({{{0, d}}})}})}},
             {x(), dict});
       }},
  };
}

void add_differing(const Values& args, const Values& others) {
  Module module([](const Value& first, const Value&) { return first; });
  module.arg_names({"x", "y"});
  AdditionalInputs().add(others).dynamic_shapes(module, args);
}

std::vector<Case> additional_inputs() {
  return {
      {"differing_floats",
       [] {
         add_differing({x(), 1.0}, {x(), 2.5});
       }},
      {"differing_bools",
       [] {
         add_differing({x(), true}, {x(), false});
       }},
      {"differing_strings",
       [] {
         add_differing({x(), "a"}, {x(), "b"});
       }},
      {"differing_types",
       [] {
         add_differing({x(), 1}, {x(), true});
       }},
      {"differing_numbers",
       [] {
         add_differing({x(), 1}, {x(), 1.0});
       }},
      {"none_and_tensor",
       [] {
         add_differing({x(), Value()}, {x(), x()});
       }},
      {"differing_rank",
       [] {
         add_differing({x(), x()}, {x(), at::ones({2, 3, 4})});
       }},
      {"tensor_and_list",
       [] {
         add_differing({x(), x()}, {x(), Value::list({x()})});
       }},
      {"differing_length",
       [] {
         add_differing({x(), Value::list({x()})}, {x(), Value::list({x(), x()})});
       }},
  };
}

void print(const Case& wrong) {
  std::string message = "no error";
  try {
    wrong.run();
  } catch (const Error& error) {
    message = error.what();
  }
  std::cout << wrong.name << "\t" << message << "\n";
}

}  // namespace
}  // namespace roundtrip

int main() {
  using namespace roundtrip;
  for (const auto& cases : {dimensions(), tensors(), others(), structure(), additional_inputs()}) {
    for (const auto& wrong : cases) print(wrong);
  }
}
