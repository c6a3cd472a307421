#pragma once

#include <roundtrip/export.h>

#include <cstdint>
#include <string>
#include <vector>

#include "export/capture/inputs/input_constraints.h"
#include "export/capture/inputs/other_inputs.h"
#include "export/symbolic/env/shape_env.h"

namespace roundtrip {

/// One number that dynamic sizes of the inputs are, or are derived from.
struct SizeVariable {
  /// A size that is `factor * value + offset`.
  struct Member {
    std::size_t leaf;   ///< of the example inputs
    std::size_t place;  ///< the dimension; 0 for an integer
    std::int64_t factor = 1;
    std::int64_t offset = 0;
  };

  std::string text;  ///< for messages: the name of its `Dim`, or where its first size is
  std::vector<Member> members;
  std::int64_t example = 0;
  std::int64_t min = 2;
  std::int64_t max = 0;
  bool is_asked = false;  ///< that it is dynamic: else it may become static
};

/// A value for each variable.
using Assignment = std::vector<std::int64_t>;

/// The dynamic sizes of a call's inputs.
class SizeVariables {
 public:
  SizeVariables(const ExportCall& call, std::vector<LeafConstraints> constraints);

  const std::vector<SizeVariable>& all() const { return variables_; }
  const std::vector<LeafConstraints>& constraints() const { return constraints_; }

  /// Makes one variable of those whose sizes a capture found to be related.
  void join_related(ShapeEnv& env);
  /// Makes one variable of two whose sizes are the same: `from` goes. They are one symbol from here
  /// on, named as `env` names the first.
  void join(std::size_t into, std::size_t from, const ShapeEnv& env);
  /// Makes the sizes of a variable static.
  void fix(std::size_t variable);

  Assignment example() const;
  /// What the leaves of the inputs are. Throws nothing: the values are within the bounds.
  std::vector<LeafSizes> sizes_at(const Assignment& values) const;
  /// How many assignments there are; `most + 1` if there are more than that.
  std::int64_t count_up_to(std::int64_t most) const;
  /// All of them, which are few.
  std::vector<Assignment> every_assignment() const;
  /// "batch = 3, L['y'].size()[1] = 5".
  std::string text_of(const Assignment& values) const;

 private:
  void add(std::size_t leaf, std::size_t place, std::int64_t size, const std::string& source);
  const InputSize* input_of(const SizeVariable& variable, const ShapeEnv& env) const;
  void merge(std::size_t into, std::size_t from, std::int64_t factor, std::int64_t offset);

  std::vector<LeafConstraints> constraints_;
  std::vector<Value> leaves_;
  std::vector<std::string> keys_;  ///< of variables: what sizes of one have in common
  std::vector<SizeVariable> variables_;
};

/// Where `ShapeEnv` has a size of a leaf.
std::string source_of(const LeafConstraints& leaf, const Value& value, std::size_t place);

}  // namespace roundtrip
