#pragma once

#include <roundtrip/error.h>

namespace roundtrip {

/// An operator that forward called threw.
class OperatorFailure : public CaptureError {
 public:
  using CaptureError::CaptureError;
};

}  // namespace roundtrip
