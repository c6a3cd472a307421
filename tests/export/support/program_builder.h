#pragma once

#include <roundtrip/exported_program.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace roundtrip::testing {

Argument tensor(const std::string& name);
Argument tensors(const std::vector<std::string>& names);
Argument sym_int(const std::string& name);
Argument sym_bool(const std::string& name);
Argument graph(const std::string& name, Graph graph);

/// A size as a file spells it: `symbol("s0")` and `expression("Add(Symbol('s0'), Integer(1))")`.
SymInt symbol(const std::string& name);
SymInt expression(const std::string& srepr);

/// The graph's node `target(inputs...)`, named as its first output or as given.
Node node(const std::string& target, std::vector<NamedArgument> inputs,
          std::vector<Argument> outputs, const std::string& name = {});

/// Builds a Program by hand, value by value; `build` gives it a signature by which
/// all inputs are positional and all user outputs come in a tuple.
class ProgramBuilder {
 public:
  ProgramBuilder& input(const std::string& name, std::vector<SymInt> sizes);
  ProgramBuilder& sym_int_input(const std::string& name, const std::string& symbol);
  ProgramBuilder& constant_input(const std::string& name, ConstantValue value);
  ProgramBuilder& parameter(const std::string& name, at::Tensor value);
  ProgramBuilder& buffer(const std::string& name, at::Tensor value);
  ProgramBuilder& add(Node node);
  ProgramBuilder& output(Argument argument);
  ProgramBuilder& output(OutputSpec spec, Argument argument);

  Program build();

  Program program;

 private:
  void add_input(InputSpec spec, Argument argument);

  std::vector<std::string> user_inputs_;
  std::size_t num_user_outputs_ = 0;
};

}  // namespace roundtrip::testing
