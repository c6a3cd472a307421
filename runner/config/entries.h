#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <vector>

#include "runner/config/config.h"
#include "runner/config/section.h"

/// The entries of a configuration's sections, each read by a function of its own. Mistakes
/// are noted as problems of `source`.
namespace roundtrip {

TransformConfig read_transform(const Source& source, const NamedNode& entry);
SuiteConfig read_suite(const Source& source, const NamedNode& entry);
ProfileConfig read_profile(const Source& source, const NamedNode& entry);
/// What it does not say stays as it was.
void read_history(const Source& source, const YAML::Node& node, Retention& retention);
/// One run, or the cells of its matrix.
std::vector<RunConfig> read_runs(const Source& source, const YAML::Node& node);

/// `plugins` and `only_plugins`; relative paths are meant from the file's folder.
PluginPlaces read_plugins(const Section& section);

// Those whose filter selects tests; nothing where it has none that can be read.

std::optional<Override> read_override(const Source& source, const YAML::Node& node);
std::optional<XfailEntry> read_xfail(const Source& source, const YAML::Node& node);
std::optional<SkipEntry> read_skip(const Source& source, const YAML::Node& node);
std::optional<QuarantineEntry> read_quarantine(const Source& source, const YAML::Node& node);
std::optional<SetUpEntry> read_setup(const Source& source, const YAML::Node& node);
GroupEntry read_group(const Source& source, const NamedNode& entry);

/// The variables of a map, added to `environment`.
void read_environment(const Source& source, const YAML::Node& node,
                      std::map<std::string, std::string>& environment);

/// The keys of a section that has settings, too.
std::vector<std::string> with_settings(std::vector<std::string> keys);

}  // namespace roundtrip
