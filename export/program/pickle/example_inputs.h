#pragma once

#include <roundtrip/exported_program.h>

#include <optional>

namespace roundtrip {

/// Reads the `torch.save` of `(args, kwargs)` without running any of its code:
/// tensors, numbers, strings, None and plain containers only. Nothing for empty
/// bytes. Throws `UnsupportedError` naming the class it refuses, and for a tensor of another device
/// than the CPU, unless `map_to_cpu`.
std::optional<ExampleInputs> decode_example_inputs(const RawBytes& bytes, bool map_to_cpu = false);

/// `(args, kwargs)` as the two. Throws `ArchiveError` for a value that is no such pair.
ExampleInputs split_example_inputs(Value pair);

/// The input that a signature holds constant.
Value constant_value(const Argument& constant);

/// Writes them such that Python's `torch.load(weights_only=True)` reads them;
/// empty bytes for values that Python could only read unsafely.
RawBytes encode_example_inputs(const ExampleInputs& inputs);

}  // namespace roundtrip
