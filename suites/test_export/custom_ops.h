#pragma once

#include <ATen/core/dispatch/Dispatcher.h>

#include <string>
#include <tuple>

#include "suites/test_export/test_export.h"

/// What the tests of operators that are not LibTorch's share.
namespace roundtrip {

/// Calls of the operators of custom_ops.cpp.
namespace suitelib {
std::tuple<Tensor, Tensor, Tensor> foo(const Tensor& x, const Tensor& z);
std::tuple<Tensor, Tensor> foo_mutated(const Tensor& x);
Tensor foo_functional(const Tensor& x);
}  // namespace suitelib

/// The operator without overload of this name, `suitelib::foo`.
c10::OperatorHandle find_operator(const std::string& name);

}  // namespace roundtrip
