#pragma once

#include <ATen/core/function_schema.h>

#include <optional>
#include <vector>

#include "random.h"
#include "recipe.h"

namespace roundtrip::fuzz {

/// Draws arguments for tensors that have been computed so far.
class Arguments {
 public:
  /// The first `given` values are inputs.
  Arguments(Random& random, const std::vector<at::Tensor>& values, std::size_t given)
      : random_(random), values_(values), given_(given) {}

  /// By the schema, the first of them `self` where that is given. Nothing for a type that this
  /// cannot make.
  std::optional<std::vector<Argument>> draw(const c10::FunctionSchema& schema,
                                            std::optional<Ref> self = std::nullopt);

  /// Any tensor, more often one of the last.
  Ref tensor(const std::string& name = "self");

  /// Often a size of a tensor, or what can be computed of two.
  Size size();

 private:
  std::optional<Argument> draw_one(const c10::Argument& declared);
  std::optional<Argument> of_type(const c10::Type& type, const std::string& name);
  std::optional<Argument> list(const c10::Type& element, const std::string& name);
  Ref written_tensor();
  std::int64_t integer(const std::string& name);
  std::optional<SizeOf> size_of_any();
  std::vector<Size> sizes(const std::string& name);
  std::vector<Size> sizes_of_a_tensor();
  c10::IValue text(const std::string& name);

  Random& random_;
  const std::vector<at::Tensor>& values_;
  const std::size_t given_;
  std::int64_t rank_ = 1;  ///< of the tensor drawn last
};

}  // namespace roundtrip::fuzz
