#pragma once

#include <string>
#include <string_view>

namespace roundtrip {

/// A function's name as C++ spells it; `symbol` itself if it is not a mangled name.
std::string demangled(const char* symbol);

/// The qualified name in a demangled one, without result type, parameters and template
/// arguments: `Net::forward` of `at::Tensor Net::forward<2>(at::Tensor const&) const`.
std::string brief_function_name(std::string_view demangled);

}  // namespace roundtrip
