#include "runner/config/references.h"

#include <algorithm>
#include <set>

#include "runner/text/nearest.h"

namespace roundtrip {

namespace {

void check_transforms(const Config& config, Problems& problems) {
  std::vector<std::string> known;
  for (const auto& transform : config.transforms) known.push_back(transform.name.text);
  std::set<std::string> checked(known.begin(), known.end());
  for (const auto& run : config.runs) {
    for (const auto& name : run.transforms) {
      if (checked.count(name.text) != 0) continue;
      std::string hint = did_you_mean(name.text, known);
      if (hint.empty() && !known.empty()) hint = "; there are " + quoted_list(known);
      problems.add(name.place, "no transform '" + name.text + "' under 'transforms'" + hint);
    }
  }
}

void check_groups(const std::vector<Override>& overrides, const std::vector<std::string>& known,
                  Problems& problems) {
  for (const auto& entry : overrides) {
    for (const auto& name : entry.groups) {
      if (std::find(known.begin(), known.end(), name.text) != known.end()) continue;
      std::string hint = did_you_mean(name.text, known);
      if (hint.empty()) hint = "; say how many of its tests may run at once: groups: {gpu: 1}";
      problems.add(name.place, "no group '" + name.text + "' under 'groups'" + hint);
    }
  }
}

void check_groups(const Config& config, Problems& problems) {
  std::vector<std::string> known;
  for (const auto& group : config.groups) known.push_back(group.name.text);
  check_groups(config.overrides, known, problems);
  for (const auto& profile : config.profiles) check_groups(profile.overrides, known, problems);
}

}  // namespace

void check_references(const Config& config, Problems& problems) {
  check_transforms(config, problems);
  check_groups(config, problems);
}

}  // namespace roundtrip
