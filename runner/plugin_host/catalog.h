#pragma once

#include <roundtrip/plugin.h>

#include <filesystem>
#include <string>
#include <vector>

namespace roundtrip {

/// A suite, a kind of suites or a transformation that a plugin offers, and its options.
struct Offer {
  std::string name;
  std::string description;
  std::vector<OptionInfo> options{};
  bool has_scope = false;  ///< of a suite or kind: SuiteEntry::has_scope
};

bool has_offer(const std::vector<Offer>& offers, const std::string& name);

/// One plugin library as it describes itself.
struct PluginInfo {
  std::string path;
  std::string name;
  std::string version;
  std::string description;
  std::vector<Offer> suites;
  std::vector<Offer> kinds;
  std::vector<Offer> transforms;
  /// Of the file; empty until somebody asks for it.
  std::string sha256{};
  /// The libraries whose code the plugin may run beside its own file's, without LibTorch's and
  /// the system's.
  std::vector<std::string> libraries{};
};

/// What can be run: everything that the loaded plugins offer.
struct Catalog {
  std::vector<PluginInfo> plugins;
  /// One sentence for each library that cannot be used and for each name that two
  /// libraries offer: what, why, and what to do.
  std::vector<std::string> faults;

  std::vector<std::string> suite_names() const;
  std::vector<std::string> kind_names() const;
  std::vector<std::string> transform_names() const;
  /// Null when no plugin offers it.
  const Offer* find_suite(const std::string& name) const;
  const Offer* find_kind(const std::string& name) const;
  const Offer* find_transform(const std::string& name) const;
};

/// A fault for each name of a suite, kind or transformation that is offered twice.
std::vector<std::string> find_clashes(const std::vector<PluginInfo>& plugins);

}  // namespace roundtrip
