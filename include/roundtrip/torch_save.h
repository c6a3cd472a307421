#pragma once

#include <roundtrip/archive.h>
#include <roundtrip/value.h>

#include <string_view>

namespace roundtrip {

/// Writes a value as Python's `torch.save` does, such that
/// `torch.load(weights_only=True)` reads it. Tensors that share a storage share
/// it in the file too, and a tensor that occurs twice is read as one; those on other
/// devices are written as CPU tensors.
///
/// Throws `UnsupportedError` for what Python could only read by running code (a
/// dataclass, say) and for tensors without a dense storage.
Bytes torch_save(const Value& value);

/// Reads such a file without running any of its code: tensors, numbers, strings,
/// None, and the containers of Python's and torch's own. Tensors are copies, on the CPU:
/// those that were saved on another device are read if `map_to_cpu`, Python's
/// `map_location="cpu"`, and refused otherwise.
///
/// Throws `UnsupportedError` naming a class it refuses, `ArchiveError` for bytes
/// that are damaged.
Value torch_load(std::string_view bytes, bool map_to_cpu = false);

}  // namespace roundtrip
