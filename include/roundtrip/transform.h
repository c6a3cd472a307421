#pragma once

#include <roundtrip/archive.h>
#include <roundtrip/export.h>
#include <roundtrip/registry.h>

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

/// Passes `program` through the chain as if an export, of its own module on its example inputs,
/// had just made it. Where the chain goes on to export what it made of it, that is an export.
ExportedProgram apply_transforms(const std::vector<const Transform*>& chain,
                                 const ExportedProgram& program);

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
