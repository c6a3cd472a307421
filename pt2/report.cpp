#include "pt2/report.h"

#include <iostream>

#include "support/plain_text.h"

namespace roundtrip::pt2 {

void report(const std::string& text) {
  std::cerr << terminal_text("pt2: " + text + "\n") << std::flush;
}

}  // namespace roundtrip::pt2
