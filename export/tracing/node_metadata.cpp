#include "export/tracing/node_metadata.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "export/dispatch/metadata_scope.h"
#include "export/program/unused_results.h"
#include "export/tracing/annotations.h"
#include "export/tracing/user_stack.h"

namespace roundtrip {
namespace {

/// The number of a noted stack, until it is put into words.
constexpr const char* kNotedStack = "noted_stack";

template <typename Entries>
auto find(Entries& metadata, std::string_view key) {
  return std::find_if(metadata.begin(), metadata.end(),
                      [&](const auto& entry) { return entry.first == key; });
}

bool has(const Metadata& metadata, std::string_view key) {
  return find(metadata, key) != metadata.end();
}

/// Takes an entry that is a number out of the metadata.
std::optional<std::size_t> take_number(Metadata& metadata, std::string_view key) {
  const auto entry = find(metadata, key);
  if (entry == metadata.end()) return std::nullopt;
  const std::size_t number = std::stoul(entry->second);
  metadata.erase(entry);
  return number;
}

void note_stack(Metadata& metadata) {
  const auto scope = take_number(metadata, kModuleScope);
  if (!scope && has(metadata, "stack_trace")) return;
  const auto stack = note_node(scope.value_or(kNoModuleScope));
  if (stack) metadata.emplace_back(kNotedStack, std::to_string(*stack));
}

/// Name and type of what Python calls for the target; empty for arithmetic on numbers.
std::pair<std::string, std::string> torch_function(const std::string& target) {
  constexpr std::string_view kOperators = "torch.ops.", kHigherOrder = "torch.ops.higher_order.";
  static const std::unordered_map<std::string, std::string> kTypes = {
      {"cond", "CondOp"},
      {"while_loop", "WhileLoopOp"},
      {"map_impl", "MapImpl"},
      {"scan", "ScanOp"},
      {"hints_wrapper", "HintsWrapper"}};
  if (target.starts_with(kHigherOrder)) {
    const auto type = kTypes.find(target.substr(kHigherOrder.size()));
    if (type == kTypes.end()) return {};
    return {type->first, type->second};
  }
  if (!target.starts_with(kOperators)) return {};
  return {target.substr(target.find('.', kOperators.size()) + 1), "OpOverload"};
}

}  // namespace

Metadata inserted_metadata(const Metadata& beside, const std::string& target) {
  Metadata metadata = beside;
  std::erase_if(metadata, [](const auto& entry) { return entry.first == "torch_fn"; });
  const auto [name, type] = torch_function(target);
  if (!name.empty()) metadata.emplace_back("torch_fn", name + "_0;" + type + "." + name);
  return metadata;
}

Metadata NodeMetadata::next(const std::string& target) {
  const Metadata* current = current_metadata();
  Metadata metadata = current == nullptr ? Metadata{} : *current;
  std::erase_if(metadata,
                [](const auto& entry) { return entry.first == kUnusedResultsAreNoNodes; });
  note_stack(metadata);
  if (!has(metadata, "torch_fn")) {
    const auto [name, type] = torch_function(target);
    if (!name.empty()) {
      const std::string call = name + "_" + std::to_string(++counts_[name]);
      metadata.emplace_back("torch_fn", call + ";" + type + "." + name);
    }
  }
  const std::string& annotations = current_annotations();
  if (!annotations.empty() && !has(metadata, "custom")) {
    metadata.emplace_back("custom", annotations);
  }
  return metadata;
}

std::optional<std::size_t> take_noted_stack(Metadata& metadata) {
  return take_number(metadata, kNotedStack);
}

}  // namespace roundtrip
