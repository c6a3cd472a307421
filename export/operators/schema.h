#pragma once

#include <ATen/core/function_schema.h>

#include <cstddef>
#include <optional>

/// What schemas say of arguments and results.
namespace roundtrip {

/// True for `Tensor(a!) self`: an argument, or a result, that the operator writes to.
inline bool is_written(const c10::Argument& argument) {
  return argument.alias_info() != nullptr && argument.alias_info()->isWrite();
}

/// The index of the argument that a result is, written to: of `self` for an in-place operator,
/// of `out` for an out variant. Nothing for a result of its own.
std::optional<std::size_t> written_argument(const c10::FunctionSchema& schema,
                                            const c10::Argument& result);

/// True for a type that tensors are in: `Tensor`, `Tensor?[]`.
bool holds_tensors(const c10::Type& type);

/// True if any of the results is of such a type.
bool gives_tensors(const c10::FunctionSchema& schema);

}  // namespace roundtrip
