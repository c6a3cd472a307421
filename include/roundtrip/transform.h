#pragma once

#include <roundtrip/archive.h>
#include <roundtrip/export.h>
#include <roundtrip/registry.h>

#include <vector>

namespace roundtrip {

/// Replaces `export_program` in the tests it is composed with. Stateless: one
/// object serves every test; each test runs in a process of its own.
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

}  // namespace roundtrip

/// Offers `Class`, a default-constructible Transform, under `name`. At namespace
/// scope, in a library that also states its ROUNDTRIP_PLUGIN.
#define ROUNDTRIP_TRANSFORM(Class, name, description)                                      \
  static const Class ROUNDTRIP_CONCAT(transform_, Class);                                  \
  static const ::roundtrip::detail::RegisterTransform ROUNDTRIP_CONCAT(register_, Class) { \
    name, description, ROUNDTRIP_CONCAT(transform_, Class)                                 \
  }
