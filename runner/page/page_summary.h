#pragma once

#include <string>

#include "runner/page/page.h"

namespace roundtrip {

/// "1088 tests, 2 not as expected".
std::string page_title(const Page& page);

/// HTML that is read without the script: counts, and the failing tests by their messages.
std::string page_overview(const Page& page);

/// The same of the matrix, the longest tests, and the machine.
std::string page_details(const Page& page);

}  // namespace roundtrip
