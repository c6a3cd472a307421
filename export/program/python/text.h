#pragma once

#include <complex>
#include <cstdint>
#include <string>
#include <string_view>

namespace roundtrip {

/// Values as Python's `repr` spells them. Text is UTF-8.
std::string python_repr(std::int64_t value);
std::string python_repr(double value);
std::string python_repr(bool value);
std::string python_repr(std::complex<double> value);
std::string python_repr(std::string_view text);

void append_python_repr(std::string& out, double value);

/// A string literal as Python's `json.dumps` writes it: ASCII only, quotes included.
/// Of text that is not UTF-8 each byte at fault stands for itself.
std::string json_quote(std::string_view text);

/// The same at the end of `out`. Returns whether the text is UTF-8.
bool append_json_quoted(std::string& out, std::string_view text);

}  // namespace roundtrip
