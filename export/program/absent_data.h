#pragma once

#include <c10/core/Storage.h>

#include <cstddef>

namespace roundtrip {

/// A storage for tensors whose file says all but their elements: those that were fake when
/// the program was exported. It reads as zeros and takes no memory until it is written to.
/// Throws `std::bad_alloc` if the process cannot have so many addresses.
c10::Storage absent_storage(std::size_t bytes);

/// True for such a storage that nobody has written other values than zeros to.
bool is_absent(const c10::Storage& storage);

}  // namespace roundtrip
