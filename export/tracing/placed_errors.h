#pragma once

#include <roundtrip/error.h>

#include "export/dispatch/operator_failure.h"
#include "export/symbolic/env/shape_env.h"
#include "export/tracing/user_stack.h"

namespace roundtrip {

/// An error that says already where in the user's code it arose.
class Placed {
 protected:
  ~Placed() = default;
};

template <typename E>
class PlacedError final : public E, public Placed {
 public:
  explicit PlacedError(const E& error) : E(error.what() + user_place()) {}
};

/// Calls `work`. An error of a capture that it throws keeps its type and gets, behind its
/// message, the place in the user's code.
template <typename Work>
auto with_place(Work work) {
  try {
    return work();
  } catch (const Placed&) {
    throw;
  } catch (const OperatorFailure& error) {
    throw PlacedError<OperatorFailure>(error);
  } catch (const DataDependentError& error) {
    throw PlacedError<DataDependentError>(error);
  } catch (const CaptureError& error) {
    throw PlacedError<CaptureError>(error);
  } catch (const UnsupportedError& error) {
    throw PlacedError<UnsupportedError>(error);
  }
}

}  // namespace roundtrip
