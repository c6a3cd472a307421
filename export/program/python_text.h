#pragma once

#include <complex>
#include <string>
#include <string_view>

namespace roundtrip {

/// Values as Python's `repr` spells them. Text is UTF-8.
std::string python_repr(double value);
std::string python_repr(bool value);
std::string python_repr(std::complex<double> value);
std::string python_repr(std::string_view text);

/// A string literal as Python's `json.dumps` writes it: ASCII only, quotes included.
std::string json_quote(std::string_view text);

}  // namespace roundtrip
