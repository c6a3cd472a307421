#pragma once

#include <memory>
#include <string>
#include <vector>

/// What is known of code by its addresses. Shared by all captures, because reading debug
/// information is slow: each address is put into words once.

namespace roundtrip {

/// A function that is under way, and the line that it has come to; 0 if that is not known.
struct FunctionCall {
  std::string function;
  int line = 0;
};

/// What is shown of the calls at one return address.
struct UserCalls {
  std::string trace;  ///< of the user's: outermost first
  std::string place;  ///< the user's innermost
  std::string layer;  ///< the function of torch::nn in LibTorch that it is instead
  std::vector<FunctionCall> functions;  ///< all of them, inlined ones too, innermost first
};

/// An address of code, for as long as the process lives: other code may be at the same address
/// later, when a library was unloaded.
class CodeAddress;

/// Reads no file.
const CodeAddress* code_at(const void* return_address);

/// Reads debug information when it is first asked for an address, also of a library that has been
/// unloaded meanwhile.
const UserCalls& calls_at(const CodeAddress* code);

}  // namespace roundtrip
