#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <unordered_set>

namespace roundtrip {

/// Gives out names that are unique and valid in Python, by the rule of
/// `torch.fx`: a name that is taken, a keyword or a builtin gets a number.
class FxNamespace {
 public:
  /// `candidate` itself if it is free, otherwise a name made from it.
  std::string create(std::string candidate);
  /// Leaves out a name that something has already, as it is.
  void reserve(const std::string& name);

 private:
  std::unordered_set<std::string> used_;
  std::unordered_map<std::string, std::int64_t> last_number_;
};

/// The name `torch.fx` starts from for a node that calls `target`:
/// `torch.ops.aten.add.Tensor` gives `add.tensor`.
std::string fx_name_of_target(const std::string& target);

/// `MyOp` gives `my_op`, as far as a capital follows a small letter.
std::string fx_snake_case(const std::string& name);

/// Python's keywords and builtins, and the names every graph's code imports.
bool is_reserved_name(const std::string& name);

/// `from`, `in` and their like cannot be a keyword argument's name.
bool is_python_keyword(const std::string& name);

}  // namespace roundtrip
