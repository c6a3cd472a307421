#pragma once

#include <string>
#include <vector>

namespace roundtrip {

/// The files and folders that suites have named in this process since the last call. A suite names
/// what its tests depend on beside its library, while it is made or lists its tests, by the symbol
/// `roundtrip_depends_on`:
///
///   void roundtrip_depends_on(const char* path);
///
/// `run --watch` runs the tests of the suite again when a file has changed, or when a folder has
/// other files than before.
std::vector<std::string> take_suite_files();

}  // namespace roundtrip
