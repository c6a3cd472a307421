#pragma once

#include <roundtrip/exported_program.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "export/archive/schema.h"

namespace roundtrip::testing {

schema::Argument tensor(const std::string& name);
schema::Argument tensors(const std::vector<std::string>& names);
schema::Argument sym_int(const std::string& name);
schema::Argument sym_bool(const std::string& name);
schema::Argument graph(const std::string& name, schema::Graph graph);

/// A size as a file spells it: `symbol("s0")` and `expression("Add(Symbol('s0'), Integer(1))")`.
SymInt symbol(const std::string& name);
SymInt expression(const std::string& srepr);

/// The graph's node `target(inputs...)`, named as its first output or as given.
schema::Node node(const std::string& target, std::vector<schema::NamedArgument> inputs,
                  std::vector<schema::Argument> outputs, const std::string& name = {});

/// Builds a Program by hand, value by value, as a file spells it: values go by name, and nothing
/// is checked before `build`. That gives it a signature by which all inputs are positional and all
/// user outputs come in a tuple.
class ProgramBuilder {
 public:
  ProgramBuilder& input(const std::string& name, std::vector<SymInt> sizes,
                        c10::ScalarType dtype = c10::ScalarType::Float);
  ProgramBuilder& sym_int_input(const std::string& name, const std::string& symbol);
  ProgramBuilder& constant_input(const std::string& name, schema::ConstantValue value);
  ProgramBuilder& parameter(const std::string& name, at::Tensor value);
  ProgramBuilder& buffer(const std::string& name, at::Tensor value);
  ProgramBuilder& add(schema::Node node);
  ProgramBuilder& output(schema::Argument argument);
  ProgramBuilder& output(schema::OutputSpec spec, schema::Argument argument);

  /// Throws `ProgramError` for a value that is defined twice.
  Program build() const;

  schema::GraphModule graph_module;
  Program program;  ///< everything else

 private:
  void add_input(schema::InputSpec spec, schema::Argument argument);

  std::vector<std::string> user_inputs_;
  std::size_t num_user_outputs_ = 0;
};

}  // namespace roundtrip::testing
