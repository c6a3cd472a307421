#include "runner/cli/exit_code.h"

namespace roundtrip {

int exit_code(const RunResults& results) {
  if (results.interrupted || !results.missing.empty()) return kInterrupted;
  return results.bad_count() > 0 ? kTestsFailed : kAllAsExpected;
}

}  // namespace roundtrip
