#pragma once

#include <optional>
#include <string>

namespace roundtrip {

/// A call of a module that the model makes by `roundtrip::call`; the first one is forward itself.
struct CallScope {
  std::optional<std::size_t> outer{};  ///< the scope that it was made in
  std::string key{};                   ///< the call, as `nn_module_stack` has it
  std::string module{};                ///< its qualified name
  const void* place = nullptr;         ///< on the stack, where the call's frame begins
};

/// `layer@1` for the second call of `layer`.
inline std::string call_name(const std::string& name, int count) {
  return count == 0 ? name : name + "@" + std::to_string(count);
}

}  // namespace roundtrip
