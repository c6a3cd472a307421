#pragma once

#include <roundtrip/graph.h>
#include <roundtrip/pytree.h>
#include <roundtrip/value.h>

#include <string>
#include <vector>

namespace roundtrip {

/// How a program's positional and keyword arguments are nested, and what each of
/// their leaves is called. Made once from the program's `in_spec`.
class InputTree {
 public:
  /// Throws `ProgramError` for a program without an `in_spec` of the form
  /// `((args...), {kwargs})`.
  explicit InputTree(const GraphModule& graph_module);

  /// The leaves in the program's order. Keyword arguments and dict entries are
  /// matched by key. Throws `InputError` naming what is missing, surplus or of
  /// another structure.
  std::vector<const Value*> flatten(const Values& args, const Kwargs& kwargs) const;

  /// What Python calls each leaf: `x`, `args_0`, `d['a'][0]`.
  const std::vector<std::string>& leaf_names() const { return leaf_names_; }

 private:
  struct Named {
    std::string name;
    TreeSpec spec;
  };

  void check_count(std::size_t given) const;
  const Value& find_keyword(const Named& wanted, const Kwargs& kwargs) const;
  [[noreturn]] void reject_unknown(const Kwargs& kwargs) const;

  std::vector<Named> positional_;
  std::vector<Named> keyword_;
  std::vector<std::string> leaf_names_;
};

/// Where each output is in the program's result, as Python's `keystr` writes it: `['logits'][0]`.
/// Throws `ProgramError` for a program that does not say how they are nested.
std::vector<std::string> output_paths(const GraphModule& graph_module);

}  // namespace roundtrip
