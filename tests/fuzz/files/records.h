#pragma once

#include <string>
#include <utility>
#include <vector>

namespace roundtrip::fuzz {

using Record = std::pair<std::string, std::string>;
using Records = std::vector<Record>;

/// The records of a good archive, without those that the writer adds itself.
Records records_of(const std::string& bytes);
/// An archive of these, with the CRCs that they have now.
std::string zip_of(const Records& records);

}  // namespace roundtrip::fuzz
