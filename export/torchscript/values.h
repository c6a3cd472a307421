#pragma once

#include <ATen/core/ivalue.h>
#include <ATen/core/jit_type.h>
#include <roundtrip/value.h>

#include <string>

namespace roundtrip {

/// A model's argument as TorchScript has it, of the type that its method declares.
/// Throws `InputError` naming `what` if it is of another type.
c10::IValue to_ivalue(const Value& value, const c10::Type& type, const std::string& what);

}  // namespace roundtrip
