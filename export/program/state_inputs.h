#pragma once

#include <roundtrip/graph.h>

#include <optional>
#include <string>

namespace roundtrip {

enum class StateKind { parameter, buffer, constant };

/// What an input of a graph holds of the program's state.
struct InputState {
  StateKind kind;
  std::string input;   ///< the value
  std::string target;  ///< the name in the program's weights or constants
};

/// Nothing for an input that holds no parameter, buffer or tensor constant.
std::optional<InputState> state_of(const InputSpec& spec);

}  // namespace roundtrip
