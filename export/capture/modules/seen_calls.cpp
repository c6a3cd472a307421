#include "export/capture/modules/seen_calls.h"

#include <algorithm>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "export/tracing/node_metadata.h"

namespace roundtrip {
namespace {

constexpr std::string_view kForward = "::forward";
constexpr std::string_view kAnyModule = "torch::nn::AnyModuleHolder::forward";

/// A `forward` among the functions at an address.
struct ForwardFunction {
  std::string class_name;
  bool is_inlined;
  int line;  ///< of its caller, if it is inlined
};

class CallBuilder {
 public:
  CallBuilder(const std::vector<CallScope>& scopes, const ModuleTree& tree)
      : scopes_(scopes), tree_(tree) {
    root_.scope = 0;
    root_.module = tree.find("");
  }

  void add(std::size_t number, const NotedStack& stack) {
    // A tensor that goes says nothing of scopes, whose ends the nodes tell.
    if (stack.is_of_node) scope_ = stack.scope;
    std::vector<SeenCall> calls = calls_on(stack);
    std::size_t common = 0;
    while (common < path_.size() && common < calls.size() &&
           is_same(*path_[common], calls[common])) {
      ++common;
    }
    path_.resize(common);
    if (!stack.is_of_node) return;
    for (std::size_t i = common; i < calls.size(); ++i) enter(std::move(calls[i]));
    innermost().items.push_back({number});
  }

  SeenCall take() { return std::move(root_); }

 private:
  static bool is_same(const SeenCall& left, const SeenCall& right) {
    return left.scope == right.scope && left.class_name == right.class_name &&
           left.place == right.place;
  }

  SeenCall& innermost() { return path_.empty() ? root_ : *path_.back(); }

  void enter(SeenCall call) {
    SeenCall& outer = innermost();
    outer.items.push_back({0, std::make_unique<SeenCall>(std::move(call))});
    path_.push_back(outer.items.back().call.get());
  }

  /// Outermost first.
  std::vector<SeenCall> calls_on(const NotedStack& stack) {
    std::vector<SeenCall> calls;
    const std::vector<std::size_t> scopes = scopes_around(scope_);
    auto scope = scopes.begin();
    bool may_be_own = true;  // the forward of the module that the innermost scope is of
    const auto enter_scopes = [&](std::uintptr_t frame) {
      for (; scope != scopes.end(); ++scope) {
        if (reinterpret_cast<std::uintptr_t>(scopes_[*scope].place) < frame) break;
        SeenCall call;
        call.scope = *scope;
        call.module = tree_.find(scopes_[*scope].module);
        may_be_own = calls.empty() || !is_inlined_forward(calls.back(), call);
        if (!may_be_own) calls.pop_back();
        calls.push_back(std::move(call));
      }
    };
    for (std::size_t i = stack.calls.size(); i-- > 0;) {
      const auto& [code, frame] = stack.calls[i];
      for (const ForwardFunction& function : forwards_at(code)) {
        enter_scopes(frame);
        const bool is_own = std::exchange(may_be_own, false) &&
                            is_of_module(calls.empty() ? root_ : calls.back(), function);
        if (is_own) continue;
        SeenCall& call = calls.emplace_back();
        call.class_name = function.class_name;
        call.place.frame = frame;
        call.place.line = function.line;
        if (function.is_inlined || i + 1 == stack.calls.size()) continue;
        call.place.caller = stack.calls[i + 1].code;
        call.is_of_any_module = is_any_module(call.place.caller);
      }
    }
    enter_scopes(0);
    return calls;
  }

  static bool is_any_module(const CodeAddress* code) {
    const std::vector<FunctionCall>& functions = calls_at(code).functions;
    return std::any_of(functions.begin(), functions.end(),
                       [](const FunctionCall& call) { return call.function == kAnyModule; });
  }

  /// Whether that is the forward of the scope's module, as a part of who calls it: then both are
  /// in one frame, in which the order of the two cannot be told.
  bool is_inlined_forward(const SeenCall& call, const SeenCall& scope) const {
    const bool is_inlined = !call.scope && call.place.caller == nullptr;
    return is_inlined && scope.module && tree_.is_instance(*scope.module, call.class_name);
  }

  bool is_of_module(const SeenCall& scope, const ForwardFunction& function) const {
    return scope.module && tree_.is_instance(*scope.module, function.class_name);
  }

  /// Without that of forward itself, outermost first.
  std::vector<std::size_t> scopes_around(std::size_t scope) const {
    std::vector<std::size_t> around;
    for (; scopes_[scope].outer; scope = *scopes_[scope].outer) around.push_back(scope);
    std::reverse(around.begin(), around.end());
    return around;
  }

  /// Outermost first.
  const std::vector<ForwardFunction>& forwards_at(const CodeAddress* code) {
    const auto [entry, is_new] = forwards_.try_emplace(code);
    if (!is_new) return entry->second;
    const std::vector<FunctionCall>& functions = calls_at(code).functions;
    for (std::size_t i = functions.size(); i-- > 0;) {
      const std::string& name = functions[i].function;
      if (!name.ends_with(kForward)) continue;
      const std::string class_name = name.substr(0, name.size() - kForward.size());
      if (tree_.instances(class_name).empty()) continue;
      const bool is_inlined = i + 1 < functions.size();
      entry->second.push_back({class_name, is_inlined, is_inlined ? functions[i + 1].line : 0});
    }
    return entry->second;
  }

  const std::vector<CallScope>& scopes_;
  const ModuleTree& tree_;
  SeenCall root_;
  std::vector<SeenCall*> path_;  ///< to the innermost call that is under way
  std::size_t scope_ = 0;        ///< of the last node
  std::unordered_map<const CodeAddress*, std::vector<ForwardFunction>> forwards_;
};

}  // namespace

SeenCall seen_calls(const std::vector<NotedStack>& stacks, const std::vector<CallScope>& scopes,
                    const ModuleTree& tree) {
  CallBuilder builder(scopes, tree);
  for (std::size_t i = 0; i < stacks.size(); ++i) {
    if (stacks[i].scope != kNoModuleScope) builder.add(i, stacks[i]);
  }
  return builder.take();
}

}  // namespace roundtrip
