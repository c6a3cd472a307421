#pragma once

#include <roundtrip/archive.h>
#include <roundtrip/export.h>
#include <roundtrip/registry.h>

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

}  // namespace roundtrip

/// Offers `Class`, a default-constructible Transform, under `name`. At namespace
/// scope, in a library that also states its ROUNDTRIP_PLUGIN.
#define ROUNDTRIP_TRANSFORM(Class, name, description)                                       \
  static const Class ROUNDTRIP_CONCAT(transform_, Class);                                   \
  static const ::roundtrip::detail::RegisterTransform ROUNDTRIP_CONCAT(register_, Class){   \
      name, description, ROUNDTRIP_CONCAT(transform_, Class)}
