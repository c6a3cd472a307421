#include "export/archive/json_text.h"

#include <roundtrip/error.h>

#include <array>
#include <charconv>
#include <cmath>

#include "export/program/python/text.h"

namespace roundtrip::json {

void append_int(std::string& out, std::int64_t value) {
  std::array<char, 20> buffer;
  out.append(buffer.data(), std::to_chars(buffer.data(), buffer.end(), value).ptr);
}

void append_bool(std::string& out, bool value) {
  out += value ? "true" : "false";
}

void append_double(std::string& out, double value) {
  if (std::isnan(value)) {
    out += "\"NaN\"";
  } else if (std::isinf(value)) {
    out += value > 0 ? "\"Infinity\"" : "\"-Infinity\"";
  } else {
    append_python_repr(out, value);
  }
}

void append_string(std::string& out, std::string_view text) {
  if (!append_json_quoted(out, text)) {
    throw ArchiveError("", "cannot write a text that is not UTF-8");
  }
}

}  // namespace roundtrip::json
