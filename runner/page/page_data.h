#pragma once

#include <string>

#include "runner/page/page.h"

namespace roundtrip {

/// What the page's script reads: JSON that is inert wherever it stands in HTML or in a script.
std::string page_data(const Page& page);

}  // namespace roundtrip
