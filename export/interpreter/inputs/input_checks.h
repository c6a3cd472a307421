#pragma once

#include <roundtrip/exported_program.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "export/interpreter/guards/guards.h"
#include "export/interpreter/inputs/size_relations.h"
#include "export/symbolic/expr/expr.h"

namespace roundtrip {

/// A plain value as Python's `repr` writes it; of anything else the type.
std::string repr_or_type(const Value& value);

/// What a program demands of its flat inputs: kinds, ranks, sizes, the ranges of
/// symbolic sizes and the relations between them; dtypes, devices and layouts, on which Python's
/// programs compute in silence, or fail within. Strides are free. A tensor of more dimensions is
/// refused, though only one of Python's two validators does so: the other looks at the first
/// dimensions alone.
/// Made once from a program; `check` may be called from several threads.
class InputChecks {
 public:
  /// Throws `ProgramError` if the program has another number of inputs than names.
  InputChecks(const Program& program, const std::vector<std::string>& leaf_names);

  /// Throws `InputError` naming the first input that is not as demanded, what was
  /// expected and what came; `UnsupportedError` for a guard it cannot read.
  void check(const std::vector<const Value*>& leaves) const;

  /// The same while a program is captured: checks the inputs as they are in this run, and
  /// has the captured program demand what this one does of sizes that are symbols.
  void check_captured(const std::vector<const Value*>& leaves) const;

 private:
  /// A size of a tensor, or an int that is an input itself.
  struct Size {
    std::string source;  ///< `x.size()[1]`, `n`
    Expr expr;
    RangeConstraint range;
    /// The leaf and dimension of the first size with the same expression.
    std::optional<std::pair<std::size_t, std::size_t>> equal_to;
  };
  struct Leaf {
    std::string name;
    enum class Kind { anything, tensor, integer, real, truth, constant } kind = Kind::anything;
    Value constant;
    std::vector<Size> sizes;  ///< of a tensor, or the number itself
    /// Of a tensor.
    c10::ScalarType dtype = c10::ScalarType::Undefined;
    c10::Device device = c10::Device(c10::kCPU);
    c10::Layout layout = c10::Layout::Strided;
  };

  void add_user_input(const Program& program, const Argument& argument, Leaf& leaf);
  Size make_size(const Program& program, std::string source, const SymInt& size) const;
  void find_equal_sizes();
  void add_guards(const Program& program, const std::vector<std::string>& leaf_names);
  void check_leaf(std::size_t index, const std::vector<const Value*>& leaves) const;
  static void check_kind(const Leaf& leaf, const Value& value);
  static void check_type(const Leaf& leaf, const at::Tensor& tensor);
  static void check_constant(const Leaf& leaf, const Value& value);
  void check_size(const Leaf& leaf, const Size& size, const Number& got,
                  const std::vector<const Value*>& leaves) const;
  void check_guards(const std::vector<const Value*>& leaves) const;
  void demand_size(std::size_t leaf, std::size_t dimension,
                   const std::vector<const Value*>& leaves) const;
  void demand_guard(const Guard& guard, const std::vector<const Value*>& leaves) const;

  std::vector<Leaf> leaves_;
  std::vector<Guard> guards_;
  std::string unreadable_guard_;  ///< why a guard cannot be checked, if one cannot
};

}  // namespace roundtrip
