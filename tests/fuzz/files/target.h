#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "tests/fuzz/files/mutate.h"

namespace roundtrip::fuzz {

/// One reader of files that are not trusted.
struct Target {
  std::string name;
  /// An input made of a good one.
  std::function<std::string(Random&)> make;
  /// Reads it, and does what its user would do next. May throw `roundtrip::Error`, which says
  /// that the input is refused, and nothing else.
  std::function<void(const std::string& input)> read;
};

/// Archives: bytes, zip headers, records of JSON and of pickles with their CRCs right.
std::vector<Target> archive_targets();
/// Symbolic expressions as programs spell them.
std::vector<Target> expression_targets();
/// One such, often of other types than its function takes.
std::string random_expression(Random& random, int depth);
/// Programs of dynamic sizes whose expressions and ranges are others, run and captured again.
std::vector<Target> range_targets();
/// Models as `torch.jit.save` writes them.
std::vector<Target> torchscript_targets();
/// Configurations, plugin libraries and reports.
std::vector<Target> runner_targets();

/// The contents of the folder's files with this extension, sorted by name.
std::vector<std::string> contents_of(const std::filesystem::path& folder,
                                     const std::string& extension);

/// A file of this process, for readers that want one.
std::filesystem::path write_scratch(const std::string& contents, const std::string& extension);

}  // namespace roundtrip::fuzz
