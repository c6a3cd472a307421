#pragma once

#include <roundtrip/archive.h>
#include <roundtrip/export.h>
#include <roundtrip/registry.h>

#include <charconv>
#include <concepts>
#include <iterator>
#include <memory>
#include <string>
#include <type_traits>
#include <vector>

namespace roundtrip {

/// Replaces `export_program` in the tests it is composed with. Each test runs in a process
/// of its own and has an object of its own, made there.
class Transform {
 public:
  virtual ~Transform() = default;

  /// Called in place of `export_program`; `next` is what it replaces. Exceptions
  /// pass through to the test.
  virtual ExportedProgram export_program(const ExportFn& next, ExportCall call) const = 0;
};

/// Calls `chain[0]`, whose `next` is `chain[1]`, and so on; the last one's `next`
/// is `base`.
ExportedProgram apply_transforms(const std::vector<const Transform*>& chain, ExportCall call,
                                 const ExportFn& base);

/// Passes `program` through the chain as if an export had just made it.
ExportedProgram apply_transforms(const std::vector<const Transform*>& chain,
                                 const ExportedProgram& program);

/// Options of a transformation, given after its description in ROUNDTRIP_TRANSFORM:
/// `option("times", 2, "how often")`. The value is the one it has where YAML gives none, and
/// its type the option's.
inline OptionInfo option(std::string name, const char* otherwise, std::string help) {
  return {std::move(name), OptionInfo::Type::text, otherwise, std::move(help)};
}
inline OptionInfo option(std::string name, bool otherwise, std::string help) {
  return {std::move(name), OptionInfo::Type::flag, otherwise ? "true" : "false", std::move(help)};
}
template <std::integral Number>
OptionInfo option(std::string name, Number otherwise, std::string help) {
  return {std::move(name), OptionInfo::Type::integer, std::to_string(otherwise), std::move(help)};
}
template <std::floating_point Number>
OptionInfo option(std::string name, Number otherwise, std::string help) {
  char digits[32];  // the shortest that are read as this number again
  char* end = std::to_chars(digits, std::end(digits), otherwise).ptr;
  return {std::move(name), OptionInfo::Type::number, std::string(digits, end), std::move(help)};
}

namespace detail {

/// Of a class with a constructor from OptionValues, or of one with a default constructor.
template <typename Class>
std::shared_ptr<const Transform> make_transform(const OptionValues& values) {
  if constexpr (std::is_constructible_v<Class, const OptionValues&>) {
    return std::make_shared<const Class>(values);
  } else {
    return std::make_shared<const Class>();
  }
}

}  // namespace detail
}  // namespace roundtrip

/// Offers `Class`, a Transform, under `name`; `option(...)`s may follow the description, and
/// `Class` then has a constructor that takes `const OptionValues&`. At namespace scope, in a
/// library that also states its ROUNDTRIP_PLUGIN.
#define ROUNDTRIP_TRANSFORM(Class, name, description, ...)                                 \
  static const ::roundtrip::detail::RegisterTransform ROUNDTRIP_CONCAT(register_, Class) { \
    ::roundtrip::TransformEntry {                                                          \
      name, description, {__VA_ARGS__}, &::roundtrip::detail::make_transform<Class>        \
    }                                                                                      \
  }
