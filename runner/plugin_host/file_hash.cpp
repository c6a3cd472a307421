#include "runner/plugin_host/file_hash.h"

#include <sha2.h>

#include <array>

namespace roundtrip {

std::string file_sha256(const std::filesystem::path& file) {
  std::array<char, SHA256_DIGEST_STRING_LENGTH> digits{};
  return ::SHA256File(file.c_str(), digits.data()) != nullptr ? digits.data() : "";
}

}  // namespace roundtrip
