#pragma once

namespace roundtrip {

/// From here on this process remembers where each thread's last exception was thrown. Suites
/// that hand exceptions to another language ask for it by the symbol `roundtrip_throw_site`:
///
///   std::size_t roundtrip_throw_site(const void* object, const void** addresses,
///                                    std::size_t most);
///
/// puts the return addresses of the calls that were under way, innermost first, into
/// `addresses`, and returns their number: 0 unless `object` is the calling thread's last. Suites of
/// C++ say that an exception has left the test, whose stack then is the test's, by
///
///   void roundtrip_left_test(const void* object);
void remember_throws();

}  // namespace roundtrip
