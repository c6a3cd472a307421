#pragma once

#include <roundtrip/exported_program.h>

#include <memory>

namespace roundtrip {

/// A program compiled for running: operators resolved, constant arguments boxed,
/// every value with its register and its last use. Refers to the program's
/// tensors, which must outlive it. `run` is const and may be called from several
/// threads at once if the program mutates nothing.
class Plan {
 public:
  /// Throws `UnsupportedError` or `ProgramError` for what cannot be run. An
  /// unknown or forbidden operator is not an error until its node runs.
  explicit Plan(const Program& program);
  ~Plan();
  Plan(Plan&&) noexcept;
  Plan& operator=(Plan&&) noexcept;

  /// While a program is captured, that one demands of its inputs what this one does.
  Value run(const Values& args, const Kwargs& kwargs) const;

  /// The program's tensor constants by name, as its graph gets them.
  const OrderedMap<at::Tensor>& constants() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace roundtrip
