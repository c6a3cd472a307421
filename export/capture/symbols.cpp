#include "export/capture/symbols.h"

#include <c10/util/StringUtil.h>
#include <roundtrip/error.h>

namespace roundtrip {

Number Symbols::read(const Expr& number) {
  if (strict && !env.has_unbacked(number)) {
    throw CaptureError(c10::str(
        "strict: forward reads the dynamic size ", to_string(number),
        " as a plain integer, so the program would hold for one size only. Use sym_size(), "
        "sym_sizes() and the _symint functions instead of size() and sizes(), or make the "
        "dimension static"));
  }
  return env.specialize(number);
}

}  // namespace roundtrip
