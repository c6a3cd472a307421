#include "export/symbolic/knowledge/symbol_names.h"

#include <sha2.h>

#include <array>

namespace roundtrip {

namespace {

/// The digest as one big number, modulo 100.
std::int64_t digest_modulo_100(const std::string& text) {
  SHA2_CTX context;
  SHA256Init(&context);
  SHA256Update(&context, reinterpret_cast<const std::uint8_t*>(text.data()), text.size());
  std::array<std::uint8_t, SHA256_DIGEST_LENGTH> digest;
  SHA256Final(digest.data(), &context);
  std::int64_t remainder = 0;
  for (auto byte : digest) remainder = (remainder * 256 + byte) % 100;
  return remainder;
}

}  // namespace

std::int64_t SymbolNumbers::take(const std::string& source) {
  auto number = digest_modulo_100(source);
  while (!taken_.insert(number).second) ++number;
  return number;
}

}  // namespace roundtrip
