#include "pt2/exit_code.h"

#include "pt2/arguments.h"
#include "pt2/report.h"

namespace roundtrip::pt2 {

int run_main(int argc, char** argv, int (*real_main)(const std::vector<std::string>& words)) {
  try {
    return real_main({argv + 1, argv + argc});
  } catch (const UsageError& error) {
    report(error.what());
    return kBadUsage;
  }
}

}  // namespace roundtrip::pt2
