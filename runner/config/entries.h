#pragma once

#include <filesystem>
#include <vector>

#include "runner/config/config.h"
#include "runner/config/section.h"

/// The entries of a configuration's sections, each read by a function of its own. Mistakes
/// are noted as problems of `source`.
namespace roundtrip {

TransformConfig read_transform(const Source& source, const NamedNode& entry);
SuiteConfig read_suite(const Source& source, const NamedNode& entry);
ProfileConfig read_profile(const Source& source, const NamedNode& entry);
/// Nothing where it has no filter that can be read.
std::optional<Override> read_override(const Source& source, const YAML::Node& node);
/// Nothing where it has no filter that can be read.
std::optional<QuarantineEntry> read_quarantine(const Source& source, const YAML::Node& node);
/// What it does not say stays as it was.
void read_history(const Source& source, const YAML::Node& node, Retention& retention);
XfailEntry read_xfail(const Source& source, const YAML::Node& node);
/// One run, or the cells of its matrix.
std::vector<RunConfig> read_runs(const Source& source, const YAML::Node& node);

/// `plugins` and `only_plugins`; relative paths are meant from the file's folder.
PluginPlaces read_plugins(const Section& section);

}  // namespace roundtrip
