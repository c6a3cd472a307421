#pragma once

#include <algorithm>
#include <string>
#include <unordered_map>
#include <vector>

namespace roundtrip {

/// The message without what differs by chance from run to run and from test to test: addresses
/// and fractions.
std::string steady_message(const std::string& message);

/// The items in groups of equal steady messages, the largest first and equally large ones in the
/// order of their first items.
template <typename Item, typename MessageOf>
std::vector<std::vector<const Item*>> groups_by_message(const std::vector<const Item*>& items,
                                                        const MessageOf& message_of) {
  std::vector<std::vector<const Item*>> groups;
  std::unordered_map<std::string, std::size_t> places;
  for (const auto* item : items) {
    const auto [entry, is_new] = places.emplace(steady_message(message_of(*item)), groups.size());
    if (is_new) groups.emplace_back();
    groups[entry->second].push_back(item);
  }
  std::stable_sort(groups.begin(), groups.end(),
                   [](const auto& a, const auto& b) { return a.size() > b.size(); });
  return groups;
}

}  // namespace roundtrip
