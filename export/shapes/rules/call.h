#pragma once

#include <ATen/core/Tensor.h>
#include <ATen/core/function_schema.h>
#include <ATen/core/ivalue.h>
#include <c10/core/SymInt.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace roundtrip::shapes {

using Sizes = std::vector<c10::SymInt>;

/// One operator call whose results' layouts are asked for: its arguments by the names
/// that the schema gives them. Borrows schema and arguments. An argument that the
/// schema lacks is like one that is None.
class Call {
 public:
  Call(const c10::FunctionSchema& schema, c10::ArrayRef<c10::IValue> arguments)
      : schema_(schema), arguments_(arguments) {}

  const c10::FunctionSchema& schema() const { return schema_; }
  std::size_t return_count() const { return schema_.returns().size(); }
  c10::ArrayRef<c10::IValue> arguments() const { return arguments_; }

  bool has(std::string_view name) const;
  /// Null for None, or if the schema has none of that name.
  const c10::IValue* find(std::string_view name) const;

  /// Argument `index`, or the one of that name, which must be a tensor.
  const at::Tensor& tensor(std::size_t index) const;
  const at::Tensor& tensor(std::string_view name) const;
  std::optional<at::Tensor> optional_tensor(std::string_view name) const;
  /// A list of tensors; those that are None are undefined.
  std::vector<at::Tensor> tensors(std::string_view name) const;
  /// Every tensor that is read, lists flattened, in the schema's order.
  std::vector<at::Tensor> inputs() const;

  c10::SymInt size(std::string_view name) const;
  std::optional<c10::SymInt> optional_size(std::string_view name) const;
  /// A list of sizes, or one size as a list of it; empty for None.
  Sizes sizes(std::string_view name) const;
  std::int64_t integer(std::string_view name) const;
  std::int64_t integer(std::string_view name, std::int64_t fallback) const;
  std::vector<std::int64_t> integers(std::string_view name) const;
  bool flag(std::string_view name) const;  ///< false if there is none
  std::optional<at::ScalarType> dtype() const;
  std::string text(std::string_view name) const;

 private:
  const c10::IValue& get(std::string_view name) const;

  const c10::FunctionSchema& schema_;
  c10::ArrayRef<c10::IValue> arguments_;
};

/// Sizes of a list of ints, SymInts or both.
Sizes to_sizes(const c10::IValue& value);
c10::SymInt to_size(const c10::IValue& value);

}  // namespace roundtrip::shapes
