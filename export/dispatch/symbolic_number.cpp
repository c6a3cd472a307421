#include "export/dispatch/symbolic_number.h"

#include <roundtrip/error.h>

namespace roundtrip {

SymbolicNumber& symbolic_number(const c10::SymNode& node) {
  auto* number = dynamic_cast<SymbolicNumber*>(node.get());
  if (number == nullptr) throw CaptureError("a symbolic number of another capture is used");
  return *number;
}

}  // namespace roundtrip
