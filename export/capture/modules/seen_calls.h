#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "export/capture/modules/call_scope.h"
#include "export/capture/modules/module_tree.h"
#include "export/tracing/user_stack.h"

namespace roundtrip {

/// Where a call stands on the stack: it may be over and another one have begun while that stays
/// the same, in a loop.
struct CallPlace {
  std::uintptr_t frame = 0;
  const CodeAddress* caller = nullptr;
  int line = 0;  ///< of the caller, for one that was inlined

  bool operator==(const CallPlace&) const = default;
};

struct SeenCall;

/// What happened while a module's forward ran: a node was recorded, or a module was called.
struct SeenItem {
  std::size_t stack = 0;  ///< the node's
  std::unique_ptr<SeenCall> call{};
};

/// A call, or several at one place, of some module's `forward`.
struct SeenCall {
  std::string class_name{};            ///< whose forward it is
  std::optional<std::size_t> scope{};  ///< by which it is known exactly
  CallPlace place{};
  bool is_of_any_module = false;        ///< made by a container, or another `AnyModule`
  bool is_hidden = false;               ///< on no stack: known by what is in it alone
  std::vector<SeenItem> items{};        ///< in order
  std::optional<std::size_t> module{};  ///< once it is known
};

/// The calls of modules that stacks show, those by `roundtrip::call` among them, nested in that of
/// the root. `stacks` are in order.
SeenCall seen_calls(const std::vector<NotedStack>& stacks, const std::vector<CallScope>& scopes,
                    const ModuleTree& tree);

}  // namespace roundtrip
