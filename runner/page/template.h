#pragma once

namespace roundtrip {

/// The text of report.html.
extern const char* const kPageTemplate;

}  // namespace roundtrip
