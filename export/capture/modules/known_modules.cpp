#include "export/capture/modules/known_modules.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "export/capture/modules/sequential_order.h"

namespace roundtrip {
namespace {

using Items = std::vector<SeenItem>;
using Found = std::optional<std::size_t>;

/// Layers whose forward is defined in LibTorch's headers: often it is a part of the user's own
/// functions, and in no stack.
constexpr const char* kHiddenLayers[] = {"torch::nn::BatchNormImplBase",
                                         "torch::nn::InstanceNormImpl"};

/// The one that all of them are; none if they differ.
template <typename Range>
Found single(const Range& candidates) {
  Found found;
  for (const std::size_t candidate : candidates) {
    if (found && *found != candidate) return std::nullopt;
    found = candidate;
  }
  return found;
}

/// What tensors tell: of which module a call is that uses them. Settles calls from the innermost.
class Evidence {
 public:
  Evidence(const ModuleTree& tree, const TensorsOfNode& tensors) : tree_(tree), tensors_(tensors) {}

  /// The calls that `call` is, in order, with the items between them.
  Items settle(std::unique_ptr<SeenCall> call) const {
    call->items = settle(std::move(call->items), call->class_name);
    if (call->scope) return one(std::move(call));
    std::vector<Found> modules;
    for (const SeenItem& item : call->items) modules.push_back(module_of(item, call->class_name));
    std::vector<std::size_t> known;
    for (const Found& module : modules) {
      if (module) known.push_back(*module);
    }
    call->module = single(known);
    if (call->module || known.empty()) return one(std::move(call));
    return split(std::move(*call), modules);
  }

  /// `class_name` is that of the call that the items are in; empty for forward itself.
  Items settle(Items items, const std::string& class_name) const {
    Items settled;
    for (SeenItem& item : items) {
      if (!item.call) {
        settle_node(std::move(item), class_name, settled);
        continue;
      }
      Items calls = settle(std::move(item.call));
      std::move(calls.begin(), calls.end(), std::back_inserter(settled));
    }
    if (class_name != kSequential) restore_sequentials(settled, tree_);
    return settled;
  }

 private:
  /// Puts a node of a layer whose forward is not seen into a call of that.
  void settle_node(SeenItem item, const std::string& class_name, Items& settled) const {
    const Found layer = hidden_layer(item.stack);
    if (!layer || tree_.is_instance(*layer, class_name)) {
      settled.push_back(std::move(item));
      return;
    }
    const SeenCall* last = settled.empty() ? nullptr : settled.back().call.get();
    if (last == nullptr || !last->is_hidden || last->module != layer) {
      settled.push_back({0, std::make_unique<SeenCall>()});
      settled.back().call->is_hidden = true;
      settled.back().call->module = layer;
    }
    settled.back().call->items.push_back(std::move(item));
  }

  Found hidden_layer(std::size_t stack) const {
    std::vector<std::size_t> owners;
    for (const at::Tensor& tensor : tensors_(stack)) {
      for (const std::size_t owner : tree_.owners(tensor)) owners.push_back(owner);
    }
    const Found owner = single(owners);
    const bool is_hidden =
        owner && std::any_of(std::begin(kHiddenLayers), std::end(kHiddenLayers),
                             [&](const char* name) { return tree_.is_instance(*owner, name); });
    return is_hidden ? owner : std::nullopt;
  }

  static Items one(std::unique_ptr<SeenCall> call) {
    Items items;
    items.push_back({0, std::move(call)});
    return items;
  }

  /// A call for each stretch of items that tell of one module. What lies between two stretches
  /// may be of either.
  static Items split(SeenCall call, const std::vector<Found>& modules) {
    Items items;
    Items between;
    for (std::size_t i = 0; i < modules.size(); ++i) {
      const bool is_first = items.empty();
      SeenCall* last = is_first ? nullptr : items.back().call.get();
      if (modules[i] && (is_first || last->module != modules[i])) {
        if (!is_first) std::move(between.begin(), between.end(), std::back_inserter(items));
        if (!is_first) between.clear();
        auto next = std::make_unique<SeenCall>();
        next->class_name = call.class_name;
        next->module = modules[i];
        items.push_back({0, std::move(next)});
        last = items.back().call.get();
      }
      between.push_back(std::move(call.items[i]));
      if (!modules[i]) continue;
      std::move(between.begin(), between.end(), std::back_inserter(last->items));
      between.clear();
    }
    SeenCall& last = *items.back().call;
    std::move(between.begin(), between.end(), std::back_inserter(last.items));
    return items;
  }

  /// The module of that class that uses what the item uses.
  Found module_of(const SeenItem& item, const std::string& class_name) const {
    if (!item.call) return single(modules_using(tensors_(item.stack), class_name));
    if (item.call->module) return single(around(*item.call->module, class_name));
    std::vector<std::size_t> found;
    for (const SeenItem& inner : item.call->items) {
      if (const Found module = module_of(inner, class_name)) found.push_back(*module);
    }
    return single(found);
  }

  std::vector<std::size_t> modules_using(const std::vector<at::Tensor>& tensors,
                                         const std::string& class_name) const {
    std::vector<std::size_t> found;
    for (const at::Tensor& tensor : tensors) {
      for (const std::size_t owner : tree_.owners(tensor)) {
        for (const std::size_t module : around(owner, class_name)) found.push_back(module);
        if (tree_.is_instance(owner, class_name)) found.push_back(owner);
      }
    }
    return found;
  }

  /// Those of the class that the module is below.
  std::vector<std::size_t> around(std::size_t module, const std::string& class_name) const {
    std::vector<std::size_t> found;
    for (const std::size_t instance : tree_.instances(class_name)) {
      if (tree_.is_below(module, instance)) found.push_back(instance);
    }
    return found;
  }

  const ModuleTree& tree_;
  const TensorsOfNode& tensors_;
};

std::vector<SeenCall*> calls_in(const SeenCall& call) {
  std::vector<SeenCall*> calls;
  for (const SeenItem& item : call.items) {
    if (item.call) calls.push_back(item.call.get());
  }
  return calls;
}

Found only_one_below(const SeenCall& call, std::size_t caller, const ModuleTree& tree) {
  std::vector<std::size_t> below;
  for (const std::size_t instance : tree.instances(call.class_name)) {
    if (tree.is_below(instance, caller)) below.push_back(instance);
  }
  return single(below);
}

/// `caller` is the innermost module around the call that is known.
void find_below(SeenCall& call, std::size_t caller, const ModuleTree& tree) {
  if (call.module) order_children(*call.module, calls_in(call), tree);
  for (SeenCall* inner : calls_in(call)) {
    if (!inner->scope) {
      if (!inner->module) {
        inner->module = only_one_below(*inner, caller, tree);
      } else if (!tree.is_below(*inner->module, caller)) {
        inner->module.reset();
      }
    }
    find_below(*inner, inner->module.value_or(caller), tree);
  }
}

}  // namespace

void find_modules(SeenCall& root, const ModuleTree& tree, const TensorsOfNode& tensors) {
  root.items = Evidence(tree, tensors).settle(std::move(root.items), "");
  if (root.module) find_below(root, *root.module, tree);
}

}  // namespace roundtrip
