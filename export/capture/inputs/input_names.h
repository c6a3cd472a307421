#pragma once

#include <roundtrip/export.h>

#include <string>
#include <vector>

namespace roundtrip {

/// The name Python gives each leaf of the example inputs: the path to it, from
/// the parameter's name on (`x`, `batch_0`, `config_key`).
std::vector<std::string> input_names(const ExportCall& call);

/// `p_fc_weight` for `fc.weight` with prefix `p_`.
std::string placeholder_name(const std::string& prefix, const std::string& target);

/// The names of forward's parameters that the call gave: positional, then keyword.
std::vector<std::string> forward_arg_names(const ExportCall& call);

}  // namespace roundtrip
